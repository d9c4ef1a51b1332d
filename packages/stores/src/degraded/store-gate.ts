import { exponential, type Runtime, SeaworthyError } from '@seaworthy/protect';
import type { Store } from '@seaworthy/protect/store';

/** How long a store that is down is left alone before it is asked again. */
const rest = exponential({ base: '100ms', max: '2s', jitter: 'equal' });

/** Remembers whether a store is down, so that no call waits for one that another call found down. */
export class StoreGate {
  readonly #store: Store;
  readonly #runtime: Runtime;
  #error: unknown;
  #failures = 0;
  #restUntil = 0;
  #probing = false;

  constructor(store: Store, runtime: Runtime) {
    this.#store = store;
    this.#runtime = runtime;
  }

  /** Whether it answered the last question, or was asked none. */
  get isUp(): boolean {
    return this.#failures === 0;
  }

  /** The answer to `question`, or that of `meanwhile` where the store is down or turns out to be. */
  async ask<T>(question: () => Promise<T>, meanwhile: (error: unknown) => T | Promise<T>): Promise<T> {
    if (!this.isUp) {
      this.#probe();
      return meanwhile(this.#error);
    }
    try {
      return await question();
    } catch (error) {
      if (!SeaworthyError.is(error) || error.code !== 'STORE_UNAVAILABLE') throw error;
      this.#lost(error);
      return meanwhile(error);
    }
  }

  /** Asks in the background; which call it happens to be must not decide who waits. */
  #probe(): void {
    if (this.#probing || this.#runtime.clock.now() < this.#restUntil) return;
    this.#probing = true;
    this.#store
      .now()
      .then(
        () => this.#found(),
        (error: unknown) => this.#lost(error),
      )
      .finally(() => {
        this.#probing = false;
      });
  }

  #found(): void {
    this.#failures = 0;
    this.#error = undefined;
    const { events, clock } = this.#runtime;
    const { name } = this.#store;
    if (events.active) {
      events.emit({
        type: 'shared-state.regained',
        at: clock.now(),
        pipeline: name,
        policy: 'store',
        store: name,
      });
    }
  }

  #lost(error: unknown): void {
    const { events, clock, random } = this.#runtime;
    const { name } = this.#store;
    if (this.isUp && events.active) {
      events.emit({
        type: 'shared-state.lost',
        at: clock.now(),
        pipeline: name,
        policy: 'store',
        store: name,
        error,
      });
    }
    this.#failures++;
    this.#error = error;
    this.#restUntil = clock.now() + rest(this.#failures, 0, random);
  }
}
