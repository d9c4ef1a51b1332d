import { matchAttributes } from '../http/match.ts';
import type { HttpToxicKind } from '../toxic.ts';

/** Loses a request on its way: no effect, no answer, an open connection. */
export const lostRequest: HttpToxicKind = {
  type: 'lost_request',
  structName: 'LostRequestToxic',
  acts: 'on-http',
  summary: 'Loses matching requests: the server never sees them, the client hears nothing.',
  attributes: matchAttributes,
  plan: () => ({ loseRequest: true }),
};
