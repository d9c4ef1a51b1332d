import type { Timers } from '@seaworthy/protect';
import type { FaultHost } from '../fault.ts';

/** How often a thing is looked at that is waited for, in milliseconds. */
const lookEveryMs = 20;

/** Waits so many milliseconds. */
export function pause(timers: Timers, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    timers.set(resolve, delayMs);
  });
}

/** Looks until `condition` is true, at most `withinMs`; says whether it became true. */
export async function waitUntil(
  { clock, timers }: Pick<FaultHost, 'clock' | 'timers'>,
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<boolean> {
  const until = clock.now() + withinMs;
  while (!(await condition())) {
    if (clock.now() >= until) return false;
    await pause(timers, lookEveryMs);
  }
  return true;
}
