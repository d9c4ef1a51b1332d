import { halfOption, httpFault, type HttpFaultOptions, type HttpHalf, streamOf } from './parts/http-fault.ts';

export interface HttpCorruptOptions extends HttpFaultOptions {
  /** How many bytes are changed. */
  readonly bytes: number;
  /** Whose body is changed. */
  readonly what: HttpHalf;
}

/** Changes bytes in bodies and keeps their length, as bad memory does that no checksum caught. */
export const httpCorrupt = httpFault<HttpCorruptOptions>({
  name: 'http-corrupt',
  summary: 'Changes bytes in the bodies of chosen requests or of their replies.',
  options: [
    { name: 'bytes', type: 'count', default: 1, least: 1, summary: 'how many bytes are changed' },
    halfOption('whose body is changed'),
  ],
  toxic: ({ bytes, what }) => ({
    type: 'http_corrupt',
    stream: streamOf(what),
    attributes: { bytes },
  }),
});
