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
   * A `background` timer is housekeeping and does not keep the process alive; any other does, since a call waits for it.
   */
  set(callback: () => void, delayMs: number, background?: boolean): Timer;
}

/** The longest delay that a native timer takes, 24.8 days; a longer one fires at once in Node and in browsers. */
const nativeDelayMsMax = 2 ** 31 - 1;

/** The platform's own timers, made safe for delays beyond 24.8 days. */
export const nativeTimers: Timers = {
  set(callback, delayMs, background = false) {
    return new NativeTimer(callback, delayMs, background);
  },
};

class NativeTimer implements Timer {
  readonly #callback: () => void;
  readonly #background: boolean;
  #handle: ReturnType<typeof setTimeout> | undefined;

  constructor(callback: () => void, delayMs: number, background: boolean) {
    this.#callback = callback;
    this.#background = background;
    this.#arm(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }

  #arm(delayMs: number): void {
    const rest = delayMs - nativeDelayMsMax;
    this.#handle = setTimeout(
      rest > 0 ? () => this.#arm(rest) : this.#callback,
      rest > 0 ? nativeDelayMsMax : delayMs,
    );
    // Browsers give a number, which has no `unref`; there nothing is kept alive anyway.
    if (this.#background) (this.#handle as { unref?: () => void }).unref?.();
  }
}
