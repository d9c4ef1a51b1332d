import type { FaultKind } from './fault.ts';
import { aimedLinks, showLink } from './parts/aim.ts';
import { answerWithinMs, ask, showAnswer } from './parts/ask.ts';
import { beginFault } from './parts/begin-fault.ts';
import { linkToxics } from './parts/link-toxics.ts';

export interface ConnectionResetOptions extends Readonly<Record<string, unknown>> {
  /** The fraction of connections that is reset. */
  readonly share: number;
  /** How long after the first byte of an answer, in milliseconds. */
  readonly after: number;
}

/** How many questions a control measurement asks; it is repeated until one was hit. */
const asks = 20;

/** Resets connections while they wait for an answer, as a crashed process or an impatient firewall does. */
export const connectionReset: FaultKind<ConnectionResetOptions> = {
  name: 'connection-reset',
  summary: 'Resets connections as soon as an answer comes over them: what it said is lost.',
  targets: ['link', 'service', 'groups'],
  options: [
    {
      name: 'share',
      type: 'fraction',
      default: 1,
      least: 0.05,
      summary: 'the share of connections that is reset',
    },
    { name: 'after', type: 'duration', default: 0, summary: 'how long after the first byte of an answer' },
  ],
  async inject(fault, host) {
    const links = aimedLinks('connection-reset', fault.target, host);
    const { share, after } = fault.options;
    const attributes = { timeout: Math.round(after) };
    const toxics = linkToxics(fault.id, links, [
      { type: 'reset_peer', stream: 'downstream', attributes, share },
    ]);
    const before = await Promise.all(links.map((link) => ask(link, answerWithinMs)));

    return beginFault(fault, host, {
      // The links are the lab's own, and gone when it is.
      steps: [],
      begin: () => toxics.begin(),
      end: () => toxics.end(),
      async observe() {
        const cut = await Promise.all(
          links.map(async (link) => {
            const answers = await Promise.all(
              Array.from({ length: asks }, () => ask(link, answerWithinMs + after)),
            );
            return answers.filter(({ kind }) => kind === 'cut').length;
          }),
        );
        return {
          measure: `questions over ${links.map(showLink).join(', ')} whose connection is reset, of ${asks}`,
          before: before.map(showAnswer).join('; '),
          during: cut.join('; '),
          bites: toxics.on() && cut.every((count) => (share === 1 ? count === asks : count > 0)),
        };
      },
    });
  },
};
