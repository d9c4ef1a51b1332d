import { Admission } from './layer.ts';
import type { Timers } from './timers.ts';

/** Waits `delayMs` milliseconds; a cancelled sleep never ends and leaves no timer behind. */
export function sleep(timers: Timers, delayMs: number): Admission {
  let cancel = () => {};
  const ready = new Promise<void>((resolve) => {
    const timer = timers.set(resolve, delayMs);
    cancel = () => timer.cancel();
  });
  return new Admission(ready, cancel);
}
