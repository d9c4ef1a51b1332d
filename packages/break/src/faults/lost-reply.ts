import { lostMessages } from './parts/lost-messages.ts';

/**
 * Lets requests arrive and loses the replies: the effect happened, and the caller cannot know it. What answers it is an
 * idempotency key.
 */
export const lostReply = lostMessages({
  name: 'lost-reply',
  summary:
    'Lets requests pass and loses the replies on a share of the connections; the effect happens, unseen.',
  stream: 'downstream',
});
