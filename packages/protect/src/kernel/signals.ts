/**
 * Many calls may share one long-lived signal (a server's, a request's). Each signal gets one listener for all of
 * them, and none when no call is left: listeners never pile up, and a call links and unlinks in O(1).
 */
export class Signals {
  /** Weak, so that a signal takes its hub with it. */
  readonly #hubs = new WeakMap<AbortSignal, Hub>();

  /** Calls `onAbort` with the signal's reason when it is aborted; returns the function that unlinks. */
  link(signal: AbortSignal, onAbort: (reason: unknown) => void): () => void {
    let hub = this.#hubs.get(signal);
    if (hub === undefined) {
      hub = new Hub(signal);
      this.#hubs.set(signal, hub);
    }
    return hub.add(onAbort);
  }
}

class Hub {
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<(reason: unknown) => void>();
  readonly #fire = () => {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(this.#signal.reason);
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(onAbort: (reason: unknown) => void): () => void {
    // Two calls may bring the same function; each needs a place of its own.
    const listener = (reason: unknown) => onAbort(reason);
    if (this.#listeners.size === 0) this.#signal.addEventListener('abort', this.#fire, { once: true });
    this.#listeners.add(listener);
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) {
        this.#signal.removeEventListener('abort', this.#fire);
      }
    };
  }
}
