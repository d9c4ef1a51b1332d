import type { Timers } from '@seaworthy/protect';

/** Waits so many milliseconds; at once false when the signal ends the wait before. */
export function wait(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted === true) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (passed: boolean): void => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      resolve(passed);
    };
    const abort = (): void => end(false);
    const timer = timers.set(() => end(true), Math.max(0, delayMs));
    signal?.addEventListener('abort', abort);
  });
}

/** What came of work that was given a time. */
export type Timed<T> = { readonly value: T } | { readonly error: unknown } | { readonly late: true };

/** Waits for work, but no longer than so many milliseconds. Never rejects. */
export async function within<T>(timers: Timers, limitMs: number, work: Promise<T>): Promise<Timed<T>> {
  return new Promise((resolve) => {
    const timer = timers.set(() => resolve({ late: true }), limitMs);
    work.then(
      (value) => {
        timer.cancel();
        resolve({ value });
      },
      (error: unknown) => {
        timer.cancel();
        resolve({ error });
      },
    );
  });
}
