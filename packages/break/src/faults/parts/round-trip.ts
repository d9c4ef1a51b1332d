import type { LinkHandle } from '../fault.ts';
import { type Answer, ask } from './ask.ts';

/** Enough for a mean that jitter cannot hide. */
const asksPerLink = 8;

/**
 * The mean of the links' round trips in milliseconds; of the fastest link, so that one that is delayed does not speak
 * for another. Nothing when a link does not answer at all.
 *
 * @param paddingBytes - makes each question so much longer
 */
export async function meanRoundTrip(
  links: readonly LinkHandle[],
  timeoutMs: number,
  paddingBytes = 0,
): Promise<number | undefined> {
  const means = await Promise.all(
    links.map(async (link) => {
      const asks = Array.from({ length: asksPerLink }, () => ask(link, timeoutMs, paddingBytes));
      return mean(await Promise.all(asks));
    }),
  );
  return means.some((one) => one === undefined) ? undefined : Math.min(...(means as number[]));
}

function mean(answers: readonly Answer[]): number | undefined {
  const durations = answers.flatMap((answer) => (answer.kind === 'answered' ? [answer.durationMs] : []));
  if (durations.length === 0) return undefined;
  return durations.reduce((sum, durationMs) => sum + durationMs, 0) / durations.length;
}
