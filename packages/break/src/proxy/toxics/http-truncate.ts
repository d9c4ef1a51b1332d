import { matchAttributes } from '../http/match.ts';
import type { HttpToxicKind } from '../toxic.ts';

/** Cuts replies short, as a server does that dies while it answers. */
export const httpTruncate: HttpToxicKind = {
  type: 'http_truncate',
  structName: 'HttpTruncateToxic',
  acts: 'on-http',
  summary: 'Closes the connection after `bytes` bytes of the body of a reply.',
  attributes: [
    { name: 'bytes', type: 'int64', default: 0, summary: "how many bytes of the reply's body arrive" },
    ...matchAttributes,
  ],
  check: ({ bytes }) => (Number(bytes) < 0 ? `bytes must be at least 0, got ${bytes}` : undefined),
  plan: (attributes) => ({ truncateReplyAt: Number(attributes['bytes']) }),
};
