import { type Clock, type Timers, createNativeTimers, monotonicClock } from '@seaworthy/protect';

/** Where a system's time comes from. */
export interface Time {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** The machine's own timers, and its clock unless another one is given. */
export function systemTime(clock: Clock = monotonicClock): Time {
  return { clock, timers: createNativeTimers() };
}

/** Unix time in milliseconds. */
export function unixMs(clock: Clock): number {
  return Math.round(clock.epoch + clock.now());
}

/** Waits; rejects with the signal's reason when it aborts. */
export function wait(timers: Timers, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      timer.cancel();
      reject(signal.reason as Error);
    };
    const timer = timers.set(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Resolves with whether `work` settled in time; the work itself goes on. */
export function settlesWithin(timers: Timers, work: Promise<unknown>, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = timers.set(() => resolve(false), withinMs);
    const settled = () => {
      timer.cancel();
      resolve(true);
    };
    work.then(settled, settled);
  });
}
