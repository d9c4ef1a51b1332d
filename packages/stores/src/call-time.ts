import { createNativeTimers, SeaworthyError } from '@seaworthy/protect';
import { StoreUnavailableError } from '@seaworthy/protect/store';

const timers = createNativeTimers();

/** The time that one call to a store has, however many steps it takes. */
export class CallTime {
  readonly #store: string;
  readonly #over: Promise<never>;
  #isOver = false;
  #end = (): void => {};

  constructor(store: string, timeoutMs: number) {
    this.#store = store;
    this.#over = new Promise((_resolve, reject) => {
      const expire = () => {
        this.#isOver = true;
        reject(new StoreUnavailableError(store, `it did not answer within ${timeoutMs} ms`));
      };
      // A process that stood still finds timers first and then what has arrived meanwhile; that gets its turn.
      let timer = timers.set(() => (timer = timers.set(expire, 1)), timeoutMs);
      this.#end = () => timer.cancel();
    });
    // The time may be over while no step is waited for.
    this.#over.catch(() => undefined);
  }

  /** Whether it is used up. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The result of a step; STORE_UNAVAILABLE when the step fails, or when the time of the call is over before. */
  async step<T>(work: Promise<T>): Promise<T> {
    try {
      return await Promise.race([work, this.#over]);
    } catch (error) {
      if (SeaworthyError.is(error)) throw error;
      throw new StoreUnavailableError(this.#store, describe(error), error);
    }
  }

  /** Does `call` in its time. */
  async during<T>(call: (time: this) => Promise<T>): Promise<T> {
    try {
      return await call(this);
    } finally {
      this.#end();
    }
  }
}

function describe(error: unknown): string {
  // Node reports that no address of a host answered as an error without a message of its own.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return first instanceof Error ? first.message : String(first);
}
