import { httpFault, type HttpFaultOptions } from './parts/http-fault.ts';

export interface HttpTruncateOptions extends HttpFaultOptions {
  /** How much of the reply's body arrives, in bytes. */
  readonly after: number;
}

/** Cuts replies short, as a service does that dies while it answers. */
export const httpTruncate = httpFault<HttpTruncateOptions>({
  name: 'http-truncate',
  summary: 'Closes the connection in the middle of the replies to chosen requests.',
  options: [{ name: 'after', type: 'size', default: 0, summary: "how much of the reply's body arrives" }],
  toxic: ({ after }) => ({ type: 'http_truncate', stream: 'downstream', attributes: { bytes: after } }),
});
