import { matchAttributes } from '../http/match.ts';
import type { HttpToxicKind } from '../toxic.ts';

/** Flips bits in a body and keeps its length, as bad memory or a bad wire does that no checksum caught. */
export const httpCorrupt: HttpToxicKind = {
  type: 'http_corrupt',
  structName: 'HttpCorruptToxic',
  acts: 'on-http',
  summary: 'Changes bytes in the body of requests (upstream) or replies (downstream).',
  attributes: [
    { name: 'bytes', type: 'int64', default: 1, summary: 'how many bytes are changed' },
    ...matchAttributes,
  ],
  check: ({ bytes }) => (Number(bytes) < 1 ? `bytes must be at least 1, got ${bytes}` : undefined),
  plan: (attributes, stream) =>
    stream === 'upstream'
      ? { corruptRequest: Number(attributes['bytes']) }
      : { corruptReply: Number(attributes['bytes']) },
};
