import type { StreamToxicKind } from '../toxic.ts';

/** Closes the connection once `bytes` bytes went through; the count of a connection survives updates. */
export const limitData: StreamToxicKind = {
  type: 'limit_data',
  structName: 'LimitDataToxic',
  acts: 'on-stream',
  summary: 'Closes the connection after `bytes` bytes.',
  attributes: [{ name: 'bytes', type: 'int64', default: 0, summary: 'how many bytes pass' }],
  create(host, first) {
    let limit = Number(first['bytes']);
    let passed = 0;
    return {
      capacity: 0,
      held: 0,
      push(chunk) {
        const room = Math.max(0, limit - passed);
        const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
        passed += part.length;
        if (part.length > 0) host.emit(part);
        if (passed >= limit) host.end('close');
      },
      end: (kind) => host.end(kind),
      update(next) {
        limit = Number(next['bytes']);
      },
      release() {},
      destroy() {},
    };
  },
};
