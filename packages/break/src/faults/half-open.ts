import type { FaultKind } from './fault.ts';
import { aimedLinks, showLink } from './parts/aim.ts';
import { answerWithinMs, ask, showAnswer, silenceMs } from './parts/ask.ts';
import { beginFault } from './parts/begin-fault.ts';
import { linkToxics } from './parts/link-toxics.ts';

export interface HalfOpenOptions extends Readonly<Record<string, unknown>> {
  /** The side that is told nothing. */
  readonly stays: 'caller' | 'service';
}

/** Ends connections on one side alone, as a machine does that loses power: the other side goes on waiting. */
export const halfOpen: FaultKind<HalfOpenOptions> = {
  name: 'half-open',
  summary: 'Closes connections on one side and tells the other nothing, as a machine that lost power.',
  targets: ['link', 'service', 'groups'],
  options: [
    {
      name: 'stays',
      type: 'choice',
      choices: ['caller', 'service'],
      default: 'caller',
      summary: 'the side whose connections stay open and hear nothing',
    },
  ],
  async inject(fault, host) {
    const links = aimedLinks('half-open', fault.target, host);
    const stream = fault.options.stays === 'caller' ? 'downstream' : 'upstream';
    const toxics = linkToxics(fault.id, links, [{ type: 'half_open', stream, attributes: {} }]);
    const before = await Promise.all(links.map((link) => ask(link, answerWithinMs)));
    const seenAs = fault.options.stays === 'caller' ? 'silent' : 'cut';

    return beginFault(fault, host, {
      // The links are the lab's own, and gone when it is.
      steps: [],
      begin: () => toxics.begin(),
      end: () => toxics.end(),
      async observe() {
        const during = await Promise.all(links.map((link) => ask(link, silenceMs(before))));
        return {
          measure: `a question on a new connection over ${links.map(showLink).join(', ')}`,
          before: before.map(showAnswer).join('; '),
          during: during.map(showAnswer).join('; '),
          bites:
            toxics.on() &&
            before.some(({ kind }) => kind === 'answered') &&
            during.every(({ kind }) => kind === seenAs),
        };
      },
    });
  },
};
