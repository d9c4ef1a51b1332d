import type { StreamToxicKind } from '../toxic.ts';

/** Does nothing; clients use it to try the HTTP API out. */
export const noop: StreamToxicKind = {
  type: 'noop',
  structName: 'NoopToxic',
  acts: 'on-stream',
  summary: 'Does nothing.',
  attributes: [],
  create: (host) => ({
    capacity: 0,
    held: 0,
    push: (chunk) => host.emit(chunk),
    end: (kind) => host.end(kind),
    update() {},
    release() {},
    destroy() {},
  }),
};
