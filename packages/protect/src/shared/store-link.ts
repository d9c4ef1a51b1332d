/**
 * What stands between a policy and a store that other machines share: a time limit on every question, and the memory
 * that the store is down. A call meets a dead store at most once: after that nobody waits for it, until a question from
 * the background was answered.
 */
import { exponential } from '../kernel/backoff.ts';
import type { Binding } from '../kernel/layer.ts';
import { StoreUnavailableError } from '../kernel/store.ts';
import { TimeLimit, type TimeoutQueue, timeoutQueue } from '../kernel/timeout-queues.ts';

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
    return new Promise<T>((resolve, reject) => {
      let isOver = false;
      const end = () => {
        isOver = true;
        this.#limits.remove(limit);
      };
      const fail = (error: unknown) => {
        if (isOver) return;
        end();
        this.#lost(error);
        reject(error);
      };
      const tooLong = () => fail(new StoreUnavailableError(this.#store, 'it did not answer in time'));
      // A process that stood still finds timers first and then what has arrived meanwhile; that gets its turn.
      const limit = new AskLimit(() => void this.#binding.runtime.timers.set(tooLong, 0));
      this.#limits.add(limit, this.now());
      question().then((answer) => {
        if (isOver) return;
        end();
        this.#found();
        resolve(answer);
      }, fail);
    });
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
  readonly expired: () => void;

  constructor(expired: () => void) {
    super();
    this.expired = expired;
  }
}
