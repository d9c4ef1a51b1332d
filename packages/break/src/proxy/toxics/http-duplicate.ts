import { matchAttributes } from '../http/match.ts';
import type { HttpToxicKind } from '../toxic.ts';

/** Delivers a request twice, as a network or a careless retry does: what is not idempotent happens twice. */
export const httpDuplicate: HttpToxicKind = {
  type: 'http_duplicate',
  structName: 'HttpDuplicateToxic',
  acts: 'on-http',
  summary: 'Sends matching requests to the server twice; the client sees the first reply.',
  attributes: matchAttributes,
  plan: () => ({ repeat: true }),
};
