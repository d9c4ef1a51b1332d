import { httpFault, type HttpFaultOptions } from './parts/http-fault.ts';

export interface HttpDelayOptions extends HttpFaultOptions {
  /** How much later, in milliseconds. */
  readonly delay: number;
  /** What is delayed. */
  readonly what: 'reply' | 'request';
}

/** Makes chosen requests slow, while others on the same link stay fast. */
export const httpDelay = httpFault<HttpDelayOptions>({
  name: 'http-delay',
  summary: 'Delays chosen requests or their replies, while others stay fast.',
  options: [
    { name: 'delay', type: 'duration', default: 500, least: 1, summary: 'how much later' },
    {
      name: 'what',
      type: 'choice',
      choices: ['reply', 'request'],
      default: 'reply',
      summary: 'what is delayed',
    },
  ],
  toxic: ({ delay, what }) => ({
    type: 'http_delay',
    stream: what === 'reply' ? 'downstream' : 'upstream',
    attributes: { delay: Math.round(delay) },
    laterMs: delay,
  }),
});
