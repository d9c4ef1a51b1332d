import { background, type Timer } from '@seaworthy/protect';
import type { StreamToxicKind } from '../toxic.ts';

/** How long a server keeps a connection whose client has left, in ms: else a long fault would use up all sockets. */
const lingerMs = 10_000;

/**
 * Throws the bytes of one stream away and closes nothing, as a network does that loses what one side sends; the
 * stream's end is lost with them. Removing it closes the connections that lost bytes, since their stream has a hole.
 */
export const drop: StreamToxicKind = {
  type: 'drop',
  structName: 'DropToxic',
  acts: 'on-stream',
  summary: 'Throws the data of one stream away without closing the connection.',
  attributes: [],
  create(host) {
    let lost = false;
    let timer: Timer | undefined;
    const destroy = () => {
      timer?.cancel();
      timer = undefined;
    };
    return {
      capacity: 0,
      held: 0,
      get spoiled() {
        return lost;
      },
      push() {
        lost = true;
      },
      end() {
        lost = true;
        if (host.stream === 'upstream')
          timer = host.timers.set(() => host.end('close'), lingerMs, background);
      },
      update() {},
      release: destroy,
      destroy,
    };
  },
};
