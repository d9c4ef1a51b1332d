import { halfOption, httpFault, type HttpFaultOptions, type HttpHalf, streamOf } from './parts/http-fault.ts';

export interface HttpDelayOptions extends HttpFaultOptions {
  /** How much later, in milliseconds. */
  readonly delay: number;
  /** What is delayed. */
  readonly what: HttpHalf;
}

/** Makes chosen requests slow, while others on the same link stay fast. */
export const httpDelay = httpFault<HttpDelayOptions>({
  name: 'http-delay',
  summary: 'Delays chosen requests or their replies, while others stay fast.',
  options: [
    { name: 'delay', type: 'duration', default: 500, least: 1, summary: 'how much later' },
    halfOption('what is delayed'),
  ],
  toxic: ({ delay, what }) => ({
    type: 'http_delay',
    stream: streamOf(what),
    attributes: { delay: Math.round(delay) },
    laterMs: delay,
  }),
});
