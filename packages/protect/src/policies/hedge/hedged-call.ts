import { discard } from '../../kernel/discard.ts';
import type { EventDetails, EventType } from '../../kernel/events.ts';
import { Answer, type Binding, type Call, type Fork, Redo, Refusal, type Turn } from '../../kernel/layer.ts';
import { TimeLimit, type TimeoutQueue, timeoutQueue } from '../../kernel/timeout-queues.ts';
import type { Hedger } from './state.ts';

/** What all hedged calls of a pipeline have in common. */
export interface HedgeSetup {
  readonly binding: Binding;
  readonly machine: Hedger;
  /** Attempts in all. */
  readonly attempts: number;
  readonly on: (error: unknown) => boolean;
  /** Why the signals of the losers are aborted. */
  readonly lost: unknown;
}

/**
 * One call and its attempts. The first runs in the call itself, so that a call that is fast enough costs hardly
 * anything; each further one is a fork beside it.
 */
export class HedgedCall extends TimeLimit {
  readonly #setup: HedgeSetup;
  readonly #call: Call;
  readonly #queue: TimeoutQueue;
  readonly #delayMs: number;
  readonly #startedAt: number;
  /** The call's time limit before a layer within has shortened it for its own attempt. */
  readonly #limit: number;
  /** Attempts under way beside the call itself; made with the first of them. */
  #forks: Set<Fork> | undefined;
  #started = 1;
  /** Whether the call itself runs an attempt. */
  #ownRuns = true;
  /** Whether that attempt is the very first. */
  #ownIsFirst = true;
  #settled = false;
  /** The value of the fork that won while the call's own attempt ran. */
  #won: { readonly value: unknown } | undefined;
  #failure: { readonly error: unknown; readonly weighs: boolean } | undefined;
  /** Settles the answer that the call waits for once it runs no attempt itself. */
  #answer: { resolve(value: unknown): void; reject(error: unknown): void } | undefined;
  #wake: () => void = () => {};

  constructor(setup: HedgeSetup, call: Call) {
    super();
    const { machine, binding } = setup;
    this.#setup = setup;
    this.#call = call;
    this.#delayMs = machine.delayMs;
    this.#startedAt = call.now();
    this.#limit = call.limit ?? Infinity;
    this.#queue = timeoutQueue(binding.runtime, this.#delayMs);
    machine.begin();
    this.#watch(this.#startedAt);
  }

  /** The delay is over. */
  expired(): void {
    this.#wake();
  }

  ownSucceeded(): undefined {
    this.#recordFirst(true);
    this.#settle(this.#setup.lost);
  }

  ownFailed(error: unknown): Turn {
    if (this.#won !== undefined) return new Answer(this.#won.value);
    this.#recordFirst(false);
    this.#ownRuns = false;
    const weighs = this.#note(error);
    if (weighs && this.#mayStart()) {
      this.#ownRuns = true;
      this.#count();
      return new Redo(0);
    }
    if (this.#othersRun) return this.#waitForForks();
    this.#settle(this.#setup.lost);
    return this.#failure!.error === error ? undefined : new Refusal(this.#failure!.error);
  }

  /** The call was given up from outside. */
  cancel(reason: unknown): void {
    this.#recordFirst(false);
    this.#settle(reason);
  }

  /**
   * Has the next attempt started when the delay is over. By a promise, since the timer is shared: the attempt then runs
   * in its caller's asynchronous context.
   */
  #watch(now: number): void {
    void new Promise<void>((resolve) => {
      this.#wake = resolve;
    }).then(() => {
      if (this.#settled || !this.#mayStart()) return;
      this.#fork();
      if (!this.#settled && this.#started < this.#setup.attempts) this.#watch(this.#now());
    });
    this.#queue.add(this, now);
  }

  #mayStart(): boolean {
    if (this.#started >= this.#setup.attempts) return false;
    const paid = this.#setup.machine.tryHedge();
    if (!paid) this.#tell('hedge.refused', { because: 'budget' });
    return paid;
  }

  #count(): number {
    const attempt = ++this.#started;
    this.#tell('hedge.started', { attempt, afterMs: this.#now() - this.#startedAt });
    return attempt;
  }

  #fork(): void {
    const attempt = this.#count();
    const fork = this.#call.fork(this.#setup.binding.index, this.#limit);
    fork.promise.then(
      (value) => this.#forkSucceeded(fork, attempt, value),
      (error) => this.#forkFailed(fork, error),
    );
    // The work itself may have ended the call while it began.
    if (this.#settled) fork.interrupt(this.#setup.lost);
    else (this.#forks ??= new Set()).add(fork);
  }

  #forkSucceeded(fork: Fork, attempt: number, value: unknown): void {
    if (this.#settled) return discard(value);
    this.#forks?.delete(fork);
    this.#recordFirst(false);
    this.#settle(this.#setup.lost);
    this.#tell('hedge.won', { attempt });
    if (this.#answer !== undefined) return this.#answer.resolve(value);
    this.#won = { value };
    this.#call.interrupt(this.#setup.binding.index, this.#setup.lost);
  }

  #forkFailed(fork: Fork, error: unknown): void {
    if (this.#settled) return;
    this.#forks?.delete(fork);
    const weighs = this.#note(error);
    if (weighs && this.#mayStart()) return this.#fork();
    if (this.#ownRuns || this.#othersRun) return;
    this.#settle(this.#setup.lost);
    this.#answer?.reject(this.#failure!.error);
  }

  get #othersRun(): boolean {
    return this.#forks !== undefined && this.#forks.size > 0;
  }

  #waitForForks(): Answer {
    const promise = new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
    });
    return new Answer(promise, (reason) => this.cancel(reason));
  }

  /**
   * Keeps the error that the call has when nothing succeeds: the last one, but no refusal in place of a true failure.
   * Tells whether it is worth another attempt.
   */
  #note(error: unknown): boolean {
    try {
      const weighs = this.#setup.on(error);
      if (weighs || this.#failure?.weighs !== true) this.#failure = { error, weighs };
      return weighs;
    } catch (thrown) {
      // The user's own predicate is broken: what it threw is the error to know of.
      this.#failure = { error: thrown, weighs: true };
      return false;
    }
  }

  #settle(reason: unknown): undefined {
    this.#settled = true;
    this.#queue.remove(this);
    const forks = this.#forks;
    if (forks === undefined) return;
    this.#forks = undefined;
    for (const fork of forks) fork.interrupt(reason);
  }

  #recordFirst(succeeded: boolean): void {
    if (!this.#ownIsFirst) return;
    this.#ownIsFirst = false;
    this.#setup.machine.record(this.#now() - this.#startedAt, succeeded, this.#delayMs);
  }

  #tell<T extends EventType>(type: T, details: EventDetails[T]): void {
    const { emit, runtime } = this.#setup.binding;
    if (runtime.events.active) emit(type, details);
  }

  #now(): number {
    return this.#setup.binding.runtime.clock.now();
  }
}
