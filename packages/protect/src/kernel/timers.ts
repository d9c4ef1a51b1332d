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
  /** What keeps those alive that are needed now and then. */
  const conditional = new Set<() => void>();
  let watching = false;

<<<<<<< HEAD
  /** Node tells when nothing else keeps the process alive; only then is it asked whether a timer is still needed. */
  function watch(): void {
    if (watching) return;
    watching = true;
    (globalThis as Platform).process?.on?.('beforeExit', keepAliveWhileNeeded);
  }

  /** Asked again and again, since a call may end long before its time limit does. */
  function keepAliveWhileNeeded(): void {
    for (const timer of conditional) {
      if (timer.isNeeded) return void setTimeout(keepAliveWhileNeeded, keepAliveMs);
    }
  }

=======
>>>>>>> 534f7cc (protect: caching and the contract of stores in entries of their own; one linked list)
  return {
    set(callback, delayMs, needed) {
      let handle: Handle;
      const arm = (restMs: number) => {
        const laterMs = restMs - nativeDelayMsMax;
        handle = laterMs > 0 ? setTimeout(arm, nativeDelayMsMax, laterMs) : setTimeout(fire, restMs);
        // Browsers give a number, which has no `unref`; there nothing is kept alive anyway.
        if (needed !== undefined) handle.unref?.();
      };
      const fire = () => {
        conditional.delete(keepAlive);
        callback();
      };
      const keepAlive = () => {
        if (needed!()) handle.ref?.();
      };
      arm(delayMs);
      if (needed !== undefined && needed !== background) {
        conditional.add(keepAlive);
        if (!watching) {
          watching = true;
          // Node tells when nothing else keeps the process alive; only then is it asked whether a timer is still needed.
          (globalThis as Platform).process?.on?.('beforeExit', () => {
            for (const keep of conditional) keep();
          });
        }
      }
      return {
        cancel() {
          clearTimeout(handle as never);
          conditional.delete(keepAlive);
        },
      };
    },
  };
}

type Platform = { process?: { on?: (event: 'beforeExit', listener: () => void) => void } };
<<<<<<< HEAD
type Handle = ReturnType<typeof setTimeout>;

class NativeTimer implements Timer {
  readonly #callback: () => void;
  readonly #needed: (() => boolean) | undefined;
  readonly #conditional: Set<NativeTimer>;
  #handle: Handle | undefined;

  constructor(
    callback: () => void,
    delayMs: number,
    needed: (() => boolean) | undefined,
    conditional: Set<NativeTimer>,
  ) {
    this.#callback = callback;
    this.#needed = needed;
    this.#conditional = conditional;
    this.#arm(delayMs);
    if (needed !== undefined && needed !== background) conditional.add(this);
  }

  cancel(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
    this.#conditional.delete(this);
  }

  get isNeeded(): boolean {
    return this.#needed?.() === true;
  }

  #arm(delayMs: number): void {
    const rest = delayMs - nativeDelayMsMax;
    if (rest > 0) this.#handle = setTimeout(() => this.#arm(rest), nativeDelayMsMax);
    else this.#handle = setTimeout(() => this.#fire(), delayMs);
    // Browsers give a number, which has no `unref`; there nothing is kept alive anyway.
    if (this.#needed !== undefined) (this.#handle as { unref?: () => void }).unref?.();
  }

  #fire(): void {
    this.#conditional.delete(this);
    this.#callback();
  }
}
=======
type Handle = { ref?: () => void; unref?: () => void };
>>>>>>> 534f7cc (protect: caching and the contract of stores in entries of their own; one linked list)
