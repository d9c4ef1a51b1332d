/**
 * What stands between a policy and a store that other machines share: a time limit on every question, and the memory
 * that the store is down. A call meets a dead store at most once: after that nobody waits for it, until a question from
 * the background was answered.
 */
import { exponential } from '../kernel/backoff.ts';
import type { Binding } from '../kernel/layer.ts';
import { StoreUnavailableError } from '../kernel/store.ts';
import { TimeLimit, type TimeoutQueue, timeoutQueue } from '../kernel/timeout-queues.ts';
import type { Timers } from '../kernel/timers.ts';

/** How long a store that is down is left alone before it is asked again. */
const rest = exponential({ base: 100, max: '2s', jitter: 'equal' });

export class StoreLink {
  readonly #binding: Pick<Binding, 'emit' | 'runtime'>;
  readonly #policy: string;
  readonly #store: string;
  readonly #limits: TimeoutQueue;
  #error: unknown = undefined;
  #failures = 0;
  #restUntil = 0;
  #probing = false;

  /**
   * @param policy - for events
   * @param store - the store's name
   * @param timeoutMs - how long a question may take
   */
  constructor(binding: Pick<Binding, 'emit' | 'runtime'>, policy: string, store: string, timeoutMs: number) {
    this.#binding = binding;
    this.#policy = policy;
    this.#store = store;
    this.#limits = timeoutQueue(binding.runtime, timeoutMs);
  }

  /** The time on this process's clock. */
  now(): number {
    return this.#binding.runtime.clock.now();
  }

  /** Whether the last question was answered, or none was asked yet. */
  get isUp(): boolean {
    return this.#failures === 0;
  }

  /** Why the store counts as down. */
  get error(): unknown {
    return this.#error;
  }

  /** In how many milliseconds a store that is down will be asked again. */
  restMs(now: number): number {
    return Math.max(1, this.#restUntil - now);
  }

  /** Asks `question` in the background when the store is down and has rested. */
  probe(now: number, question: () => Promise<unknown>): void {
    if (this.isUp || this.#probing || now < this.#restUntil) return;
    this.#probing = true;
    const done = () => {
      this.#probing = false;
    };
    this.ask(question).then(done, done);
  }

  /**
   * The answer to `question`. What comes after the time limit is dropped.
   *
   * @throws what the store throws, or STORE_UNAVAILABLE when it takes too long
   */
  ask<T>(question: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => this.tell(question, this.now(), resolve, reject));
  }

  /** As {@link ask} at time `now`, for who needs no promise: tells one of the two, later. */
  tell<T>(
    question: () => Promise<T>,
    now: number,
    answered: (answer: T) => void,
    failed: (error: unknown) => void,
  ): void {
    // First of all: what else there is to do is done while the store works.
    const answer = begin(question);
    const limit = new AskLimit(this.#binding.runtime.timers, () =>
      fail(new StoreUnavailableError(this.#store, 'it did not answer in time')),
    );
    this.#limits.add(limit, now);
    const fail = (error: unknown) => {
      if (!limit.end(this.#limits)) return;
      this.#lost(error);
      failed(error);
    };
    answer.then((value) => {
      if (!limit.end(this.#limits)) return;
      this.#found();
      answered(value);
    }, fail);
  }

  #found(): void {
    if (this.isUp) return;
    this.#failures = 0;
    this.#error = undefined;
    const { emit, runtime } = this.#binding;
    if (runtime.events.active) emit('shared-state.regained', { policy: this.#policy, store: this.#store });
  }

  #lost(error: unknown): void {
    const { emit, runtime } = this.#binding;
    if (this.isUp && runtime.events.active)
      emit('shared-state.lost', { policy: this.#policy, store: this.#store, error });
    this.#failures++;
    this.#error = error;
    this.#restUntil = this.now() + rest(this.#failures, 0, runtime.random);
  }
}

class AskLimit extends TimeLimit {
  readonly #timers: Timers;
  readonly #tooLong: () => void;
  #isOver = false;

  constructor(timers: Timers, tooLong: () => void) {
    super();
    this.#timers = timers;
    this.#tooLong = tooLong;
  }

  expired(): void {
    // A process that stood still finds timers first and then what has arrived meanwhile; that gets its turn.
    this.#timers.set(this.#tooLong, 0);
  }

  /** Ends it; false when it was over already. */
  end(queue: TimeoutQueue): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    queue.remove(this);
    return true;
  }
}

function begin<T>(question: () => Promise<T>): Promise<T> {
  try {
    return question();
  } catch (error) {
    return Promise.reject(error);
  }
}
