/** A timer that was set. */
export interface Timer {
  /** Forgets the timer; harmless when it has already fired. */
  cancel(): void;
}

/** What sets timers. */
export interface Timers {
  /**
   * Calls `callback` once, `delayMs` milliseconds from now.
   *
   * The timer keeps the process alive; one with `needed` does so only while that returns true.
   */
  set(callback: () => void, delayMs: number, needed?: () => boolean): Timer;
}

/** For housekeeping: a timer that never keeps the process alive. */
export const background = (): boolean => false;

/** The longest delay that a native timer takes, 24.8 days; a longer one fires at once in Node and in browsers. */
const nativeDelayMsMax = 2 ** 31 - 1;

/** For how long a process is kept alive before it is asked again whether a timer is still needed. */
const keepAliveMs = 50;

/** The platform's own timers, made safe for delays beyond 24.8 days. */
export function createNativeTimers(): Timers {
  /** What tells of each timer that is needed now and then whether it is needed now. */
  const conditional = new Set<() => boolean>();
  let watching = false;

  /** Asked again and again, since a call may end long before its time limit does. */
  function keepAliveWhileNeeded(): void {
    for (const needed of conditional) {
      if (needed()) return void setTimeout(keepAliveWhileNeeded, keepAliveMs);
    }
  }

  /** Node tells when nothing else keeps the process alive; only then is it asked whether a timer is still needed. */
  function watch(needed: () => boolean): void {
    conditional.add(needed);
    if (watching) return;
    watching = true;
    (globalThis as Platform).process?.on?.('beforeExit', keepAliveWhileNeeded);
  }

  return {
    set(callback, delayMs, needed) {
      let handle: Handle;
      const ask = needed === undefined || needed === background ? undefined : () => needed();
      const arm = (restMs: number) => {
        const laterMs = restMs - nativeDelayMsMax;
        handle = laterMs > 0 ? setTimeout(arm, nativeDelayMsMax, laterMs) : setTimeout(fire, restMs);
        // Browsers give a number, which has no `unref`; there nothing is kept alive anyway.
        if (needed !== undefined) handle.unref?.();
      };
      const fire = () => {
        if (ask !== undefined) conditional.delete(ask);
        callback();
      };
      arm(delayMs);
      if (ask !== undefined) watch(ask);
      return {
        cancel() {
          clearTimeout(handle as never);
          if (ask !== undefined) conditional.delete(ask);
        },
      };
    },
  };
}

type Platform = { process?: { on?: (event: 'beforeExit', listener: () => void) => void } };
type Handle = { unref?: () => void };
