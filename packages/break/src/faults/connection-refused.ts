import type { FaultKind } from './fault.ts';
import { aimedLinks, showLink } from './parts/aim.ts';
import { answerWithinMs, ask, showAnswer } from './parts/ask.ts';
import { beginFault } from './parts/begin-fault.ts';

/** Refuses connections, as a port does on which nobody listens; what was open is closed. */
export const connectionRefused: FaultKind = {
  name: 'connection-refused',
  summary: 'Refuses connections and closes the open ones, while the service itself runs on.',
  targets: ['link', 'service', 'groups'],
  options: [],
  async inject(fault, host) {
    const links = aimedLinks('connection-refused', fault.target, host);
    const before = await Promise.all(links.map((link) => ask(link, answerWithinMs)));

    return beginFault(fault, host, {
      // The links are the lab's own, and gone when it is.
      steps: [],
      async begin() {
        for (const link of links) await link.setEnabled(false);
      },
      async end() {
        await Promise.all(links.map((link) => link.setEnabled(true)));
      },
      async observe() {
        const during = await Promise.all(links.map((link) => ask(link, answerWithinMs)));
        return {
          measure: `a new connection over ${links.map(showLink).join(', ')}`,
          before: before.map(showAnswer).join('; '),
          during: during.map(showAnswer).join('; '),
          bites:
            during.every(({ kind }) => kind === 'refused') && before.some(({ kind }) => kind !== 'refused'),
        };
      },
    });
  },
};
