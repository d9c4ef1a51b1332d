import { matchAttributes } from '../http/match.ts';
import type { HttpToxicKind } from '../toxic.ts';

/** Answers requests itself, as a failing server would; with `first` it fails the first N requests and then recovers. */
export const httpStatus: HttpToxicKind = {
  type: 'http_status',
  structName: 'HttpStatusToxic',
  acts: 'on-http',
  summary: 'Answers matching requests with a status; they never reach the server.',
  attributes: [
    { name: 'status', type: 'int64', default: 503, summary: 'the status, from 200 to 599' },
    { name: 'body', type: 'string', default: '', summary: 'the text of the answer' },
    ...matchAttributes,
  ],
  check: ({ status }) =>
    Number(status) < 200 || Number(status) > 599
      ? `status must be from 200 to 599, got ${status}`
      : undefined,
  plan: (attributes) => ({
    answer: { status: Number(attributes['status']), body: String(attributes['body']) },
  }),
};
