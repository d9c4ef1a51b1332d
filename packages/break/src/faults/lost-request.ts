import { lostMessages } from './parts/lost-messages.ts';

/** Loses requests on their way: the caller waits, and the service never hears of it. */
export const lostRequest = lostMessages({
  name: 'lost-request',
  summary: 'Loses requests on a share of the connections, so that the service never hears of them.',
  stream: 'upstream',
});
