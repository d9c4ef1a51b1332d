import { matchAttributes } from '../http/match.ts';
import type { HttpToxicKind } from '../toxic.ts';

/** Loses a reply on its way back: the effect has happened, and only the server knows. */
export const lostReply: HttpToxicKind = {
  type: 'lost_reply',
  structName: 'LostReplyToxic',
  acts: 'on-http',
  summary: 'Loses the replies to matching requests: the effect happens, the client hears nothing.',
  attributes: matchAttributes,
  plan: () => ({ loseReply: true }),
};
