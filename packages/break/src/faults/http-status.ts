import { httpFault, type HttpFaultOptions } from './parts/http-fault.ts';

export interface HttpStatusOptions extends HttpFaultOptions {
  readonly status: number;
}

/** Answers chosen requests itself, as a failing service does; with `first` it fails some and then recovers. */
export const httpStatus = httpFault<HttpStatusOptions>({
  name: 'http-status',
  summary: 'Answers chosen requests with a status; they never reach the service.',
  options: [
    { name: 'status', type: 'count', default: 503, least: 200, most: 599, summary: 'what is answered' },
  ],
  toxic: ({ status }) => ({ type: 'http_status', stream: 'downstream', attributes: { status } }),
});
