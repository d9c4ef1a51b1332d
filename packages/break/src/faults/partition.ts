import type { FaultKind, LinkHandle } from './fault.ts';
import { aimedLinks, showLink } from './parts/aim.ts';
import { type Answer, answerWithinMs, ask, showAnswer, silenceMs } from './parts/ask.ts';
import { beginFault } from './parts/begin-fault.ts';

/**
 * Lets nothing pass between two services, as a broken switch or a wrong firewall rule does: nobody is told, connections
 * stay open, and no byte arrives. A new connection still opens, since it is the proxy that answers it, and then hears
 * nothing. What was open while bytes were lost is closed afterwards.
 */
export const partition: FaultKind = {
  name: 'partition',
  summary:
    'Lets no byte pass either way and closes nothing; with a service as the target, on every link to it.',
  targets: ['link', 'service'],
  options: [],
  async inject(fault, host) {
    const links = aimedLinks('partition', fault.target, host);
    const names = { upstream: `${fault.id}-requests`, downstream: `${fault.id}-replies` } as const;
    const before = await askAll(links, answerWithinMs);

    return beginFault(fault, host, {
      // The links are the lab's own, and gone when it is.
      steps: [],
      async begin() {
        for (const link of links) {
          for (const stream of ['upstream', 'downstream'] as const) {
            await link.addToxic(names[stream], 'drop', stream, {});
          }
        }
      },
      async end() {
        await Promise.all(
          links.flatMap((link) => Object.values(names).map((name) => link.removeToxic(name))),
        );
      },
      async observe() {
        const on = links.every((link) => Object.values(names).every((name) => link.toxics().includes(name)));
        const during = await askAll(links, silenceMs(before));
        return {
          measure: `an answer over ${links.map(showLink).join(', ')}`,
          before: showAll(before),
          during: showAll(during),
          bites:
            on &&
            before.some(({ kind }) => kind === 'answered') &&
            during.every(({ kind }) => kind === 'silent'),
        };
      },
    });
  },
};

function askAll(links: readonly LinkHandle[], timeoutMs: number): Promise<Answer[]> {
  return Promise.all(links.map((link) => ask(link, timeoutMs)));
}

/** Equal answers once, with how many links gave them. */
function showAll(answers: readonly Answer[]): string {
  const silent = answers.filter(({ kind }) => kind === 'silent');
  const rest = answers.filter(({ kind }) => kind !== 'silent').map(showAnswer);
  const [first] = silent;
  if (!first) return rest.join('; ');
  const share = answers.length > 1 ? ` on ${silent.length} of ${answers.length} links` : '';
  return [`${showAnswer(first)}${share}`, ...rest].join('; ');
}
