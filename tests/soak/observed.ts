import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createNativeTimers, type Timers } from '@seaworthy/protect';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The heap in use once what is not needed is gone, in bytes. */
export async function settledHeapBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

/** Native timers that know which of them are set and would keep the process alive. */
export function countedTimers(): Timers & { readonly pending: number } {
  const native = createNativeTimers();
  const pending = new Map<object, () => boolean>();
  return {
    set(callback, delayMs, needed) {
      const timer = native.set(
        () => {
          pending.delete(timer);
          callback();
        },
        delayMs,
        needed,
      );
      pending.set(timer, needed ?? (() => true));
      return {
        cancel() {
          pending.delete(timer);
          timer.cancel();
        },
      };
    },
    get pending() {
      return [...pending.values()].filter((needed) => needed()).length;
    },
  };
}
