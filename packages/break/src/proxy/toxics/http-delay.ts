import { matchAttributes } from '../http/match.ts';
import type { HttpToxicKind } from '../toxic.ts';

/** Makes chosen requests slow, while others on the same proxy stay fast. */
export const httpDelay: HttpToxicKind = {
  type: 'http_delay',
  structName: 'HttpDelayToxic',
  acts: 'on-http',
  summary: 'Delays matching requests (upstream) or their replies (downstream).',
  attributes: [{ name: 'delay', type: 'int64', default: 0, summary: 'the delay in ms' }, ...matchAttributes],
  plan: (attributes, stream) =>
    stream === 'upstream'
      ? { requestDelayMs: Number(attributes['delay']) }
      : { replyDelayMs: Number(attributes['delay']) },
};
