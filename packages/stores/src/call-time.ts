import { createNativeTimers, SeaworthyError, type Timer } from '@seaworthy/protect';
import { StoreUnavailableError } from '@seaworthy/protect/store';

const timers = createNativeTimers();

/** The time that one call to a store has, however many steps it takes. */
export class CallTime {
  readonly #store: string;
  readonly #over: Promise<never>;
  #limit!: CallLimit;

  constructor(store: string, timeoutMs: number) {
    this.#store = store;
    this.#over = new Promise((_resolve, reject) => {
      this.#limit = new CallLimit(store, timeoutMs, reject);
    });
    // The time may be over while no step is waited for.
    this.#over.catch(() => undefined);
  }

  /** Whether it is used up. */
  get isOver(): boolean {
    return this.#limit.isOver;
  }

  /** The result of a step; STORE_UNAVAILABLE when the step fails, or when the time of the call is over before. */
  async step<T>(work: Promise<T>): Promise<T> {
    try {
      return await Promise.race([work, this.#over]);
    } catch (error) {
      throw asUnavailable(this.#store, error);
    }
  }

  /** Does `call` in its time. */
  async during<T>(call: (time: this) => Promise<T>): Promise<T> {
    try {
      return await call(this);
    } finally {
      this.#limit.end();
    }
  }
}

/** A limit on the time of a call: tells when it is over, unless it is ended before. */
export class CallLimit {
  isOver = false;
  #timer: Timer;

  constructor(store: string, timeoutMs: number, expired: (error: StoreUnavailableError) => void) {
    const expire = () => {
      this.isOver = true;
      expired(new StoreUnavailableError(store, `it did not answer within ${timeoutMs} ms`));
    };
    this.#timer = timers.set(() => {
      // A process that stood still finds timers first and then what has arrived meanwhile; that gets its turn.
      this.#timer = timers.set(expire, 1);
    }, timeoutMs);
  }

  end(): void {
    this.#timer.cancel();
  }
}

/** An error as STORE_UNAVAILABLE, unless it is one of ours. */
export function asUnavailable(store: string, error: unknown): SeaworthyError {
  return SeaworthyError.is(error) ? error : new StoreUnavailableError(store, describe(error), error);
}

function describe(error: unknown): string {
  // Node reports that no address of a host answered as an error without a message of its own.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return first instanceof Error ? first.message : String(first);
}
