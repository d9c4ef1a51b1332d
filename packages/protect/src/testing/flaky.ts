import type { Attempt } from '../kernel/attempt.ts';
import { type Duration, parseDuration } from '../kernel/duration.ts';
import type { Random } from '../kernel/random.ts';
import type { Timers } from '../kernel/timers.ts';

/** Work for tests, which counts how often it was begun. */
export interface TestWork<T> {
  (attempt: Attempt): Promise<T>;
  readonly calls: number;
}

/** Fails the first `times` times with `error`, then gives `value`. */
export function failsTimes<T>(times: number, value: T, error: unknown = new Error('flaky')): TestWork<T> {
  return counted((call) => (call <= times ? Promise.reject(error) : Promise.resolve(value)));
}

/** Fails in the given share of calls, from 0 to 1, by chance. */
export function failsAtRate<T>(
  rate: number,
  value: T,
  random: Random,
  error: unknown = new Error('flaky'),
): TestWork<T> {
  return counted(() => (random() < rate ? Promise.reject(error) : Promise.resolve(value)));
}

/** Gives `value` after a delay, and ends at once when its signal is aborted. */
export function takes<T>(delay: Duration, value: T, timers: Timers): TestWork<T> {
  const delayMs = parseDuration('delay', delay);
  return counted(
    (_call, { signal }) =>
      new Promise((resolve, reject) => {
        const onAbort = () => {
          timer.cancel();
          reject(signal.reason);
        };
        const timer = timers.set(() => {
          signal.removeEventListener('abort', onAbort);
          resolve(value);
        }, delayMs);
        signal.addEventListener('abort', onAbort, { once: true });
      }),
  );
}

/** Never ends, and does not listen to its signal: what a time-out has to cope with. */
export function hangs(): TestWork<never> {
  return counted(() => new Promise<never>(() => {}));
}

function counted<T>(work: (call: number, attempt: Attempt) => Promise<T>): TestWork<T> {
  let calls = 0;
  const counting = (attempt: Attempt) => work(++calls, attempt);
  return Object.defineProperty(counting, 'calls', { get: () => calls }) as TestWork<T>;
}
