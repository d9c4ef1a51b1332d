import type { FaultKind, LinkHandle } from './fault.ts';
import { aimedLinks, showLink } from './parts/aim.ts';
import { type Answer, answerWithinMs, ask, showMs } from './parts/ask.ts';
import { beginFault } from './parts/begin-fault.ts';

export interface LatencyOptions extends Readonly<Record<string, unknown>> {
  /** How much later answers come, in milliseconds. */
  readonly delay: number;
  /** The most by which a delay is longer or shorter at random, in milliseconds. */
  readonly jitter: number;
}

/** Enough for a mean that jitter cannot hide. */
const asksPerLink = 8;

/** Makes answers come later, as a slow dependency or a long way does. */
export const latency: FaultKind<LatencyOptions> = {
  name: 'latency',
  summary: 'Delays what comes back over the link.',
  targets: ['link', 'service', 'groups'],
  options: [
    { name: 'delay', type: 'duration', default: 500, least: 1, summary: 'how much later answers come' },
    { name: 'jitter', type: 'duration', default: 0, summary: 'the most by which a delay differs at random' },
  ],
  check({ delay, jitter }) {
    return jitter > delay ? { option: 'jitter', problem: 'must be at most `delay`' } : undefined;
  },
  async inject(fault, host) {
    const links = aimedLinks('latency', fault.target, host);
    const { delay, jitter } = fault.options;
    const name = `${fault.id}-latency`;
    const before = await meanRoundTrip(links, answerWithinMs);

    return beginFault(fault, host, {
      // The links are the lab's own, and gone when it is.
      steps: [],
      async begin() {
        for (const link of links) {
          await link.addToxic(name, 'latency', 'downstream', {
            latency: Math.round(delay),
            jitter: Math.round(jitter),
          });
        }
      },
      async end() {
        await Promise.all(links.map((link) => link.removeToxic(name)));
      },
      async observe() {
        const on = links.every((link) => link.toxics().includes(name));
        const during = await meanRoundTrip(links, answerWithinMs + delay + jitter);
        const later = (during ?? NaN) - (before ?? NaN);
        return {
          measure: `mean round trip over ${links.map(showLink).join(', ')}`,
          before: before === undefined ? 'no answer' : showMs(before),
          during: during === undefined ? 'no answer' : showMs(during),
          bites: on && later >= delay / 2,
        };
      },
    });
  },
};

/** The mean of the links' round trips; of the fastest link, so that one that is delayed does not speak for another. */
async function meanRoundTrip(links: readonly LinkHandle[], timeoutMs: number): Promise<number | undefined> {
  const means = await Promise.all(
    links.map(async (link) => {
      const answers = await Promise.all(Array.from({ length: asksPerLink }, () => ask(link, timeoutMs)));
      return mean(answers);
    }),
  );
  return means.some((one) => one === undefined) ? undefined : Math.min(...(means as number[]));
}

function mean(answers: readonly Answer[]): number | undefined {
  const durations = answers.flatMap((answer) => (answer.kind === 'answered' ? [answer.durationMs] : []));
  if (durations.length === 0) return undefined;
  return durations.reduce((sum, durationMs) => sum + durationMs, 0) / durations.length;
}
