import { defaultRuntime, monotonicClock, SeaworthyError, type Timer } from '@seaworthy/protect';
import { StoreUnavailableError, TimeLimit, type TimeoutQueue, timeoutQueue } from '@seaworthy/protect/store';

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
export class CallLimit extends TimeLimit {
  isOver = false;
  readonly #store: string;
  readonly #timeoutMs: number;
  readonly #tell: (error: StoreUnavailableError) => void;
  readonly #queue: TimeoutQueue;
  #lastTurn: Timer | undefined;

  constructor(
    store: string,
    timeoutMs: number,
    tell: (error: StoreUnavailableError) => void,
    now: number = monotonicClock.now(),
  ) {
    super();
    this.#store = store;
    this.#timeoutMs = timeoutMs;
    this.#tell = tell;
    this.#queue = timeoutQueue(defaultRuntime, timeoutMs);
    this.#queue.add(this, now);
  }

  end(): void {
    this.#queue.remove(this);
    this.#lastTurn?.cancel();
  }

  expired(): void {
    // A process that stood still finds timers first and then what has arrived meanwhile; that gets its turn.
    this.#lastTurn = defaultRuntime.timers.set(() => {
      this.isOver = true;
      this.#tell(new StoreUnavailableError(this.#store, `it did not answer within ${this.#timeoutMs} ms`));
    }, 1);
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
