/**
 * The engine: one call on its way through the layers of a pipeline, to the work and back.
 *
 * On the way in each layer is entered, outermost first; on the way out each hears the outcome, innermost first. While
 * nothing waits, all of this is plain synchronous code around one promise, the work's own: that is why a pipeline of
 * five policies costs hardly more than one. A call that can be ended from outside (by a time-out, a caller's signal,
 * a deadline) has a promise of its own, so that it can settle while the work still runs.
 */
import { Attempt } from './attempt.ts';
import type { Ambient } from './ambient.ts';
import { discard } from './discard.ts';
import type { PolicyEvent } from './events.ts';
import {
  type Admission,
  Answer,
  type Call,
  type Entry,
  type Fork,
  type Layer,
  Redo,
  Refusal,
  type Turn,
} from './layer.ts';
import type { CallOptions } from './call-options.ts';
import type { Runtime } from './runtime.ts';
import { sleep } from './sleep.ts';

/** What a pipeline runs: any function, synchronous or not. It gets the attempt, which carries the signal. */
export type Work<T> = (attempt: Attempt) => T | PromiseLike<T>;

/** A pipeline as the engine sees it. */
export interface Route {
  readonly name: string;
  readonly runtime: Runtime;
  readonly layers: readonly Layer[];
  /** Whether some layer may end a call while its work still runs. */
  readonly interrupts: boolean;
  readonly ambient: boolean;
  /** Calls under way, forks among them. */
  running: number;
  /** Hears that the last of them ended, for an orderly close. */
  onIdle: (() => void) | undefined;
}

/** The outcome is not known yet; it comes by `resolve` or `reject`. */
const pending: unique symbol = Symbol('pending');
/** The outcome is `error`. */
const failed: unique symbol = Symbol('failed');
type Outcome = unknown;

export class LiveCall implements Call {
  readonly route: Route;
  readonly options: CallOptions;
  /** The number of attempts begun. */
  attempts = 0;
  /** When the work must be done, on the runtime's clock. */
  deadline = Infinity;
  /** What enclosing calls handed down. */
  ambient: Ambient | undefined = undefined;
  /** The work's promise when it was abandoned while still running. */
  abandoned: Promise<unknown> | undefined = undefined;
  /** Done when the call has settled, whatever the outcome. */
  onSettled: (() => void) | undefined = undefined;

  readonly #work: Work<unknown>;
  /** The call that this one is a fork of. */
  readonly #parent: LiveCall | undefined;
  /** The outermost layer that belongs to this call; above 0 for a fork. */
  readonly #floor: number;
  /** What layers keep for the way out, by their index. */
  #tokens: unknown[] | undefined = undefined;
  #time = Number.NaN;
  #startedAt = Number.NaN;
  /** How many layers are entered while the call waits. */
  #depth = 0;
  /** Raised when what runs is given up; what a past generation brings is ignored. */
  #generation = 0;
  #attempt: Attempt | undefined = undefined;
  #running: Promise<unknown> | undefined = undefined;
  #waiting: Admission | Answer | undefined = undefined;
  /** Whether the engine is at work on this call; an interruption then waits for the end of the step. */
  #busy = false;
  #interruption: { index: number; reason: unknown; asFailure: boolean } | undefined = undefined;
  #error: unknown = undefined;
  #settled = false;
  #resolve: ((value: unknown) => void) | undefined = undefined;
  #reject: ((error: unknown) => void) | undefined = undefined;

  constructor(route: Route, work: Work<unknown>, options: CallOptions, parent?: LiveCall, floor = 0) {
    this.route = route;
    this.options = options;
    this.#work = work;
    this.#parent = parent;
    this.#floor = floor;
  }

  /** Runs the call; `interruptible` when something beside the layers may end it. */
  start(interruptible: boolean): Promise<unknown> {
    this.route.running++;
    if (this.route.runtime.events.active) this.#startedAt = this.now();
    if (interruptible || this.route.interrupts) {
      return new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
        this.#busy = true;
        this.#deliver(this.#descend(this.#floor));
      });
    }
    const outcome = this.#descend(this.#floor);
    if (outcome === pending) return this.#running ?? this.#promise();
    return outcome === failed ? Promise.reject(this.#error) : Promise.resolve(outcome);
  }

  /** The time on the runtime's clock, read once for all that happens in one go. */
  now(): number {
    if (Number.isNaN(this.#time)) this.#time = this.route.runtime.clock.now();
    return this.#time;
  }

  /** Keeps a layer's token for its way out. */
  keep(index: number, token: unknown): void {
    (this.#tokens ??= [])[index] = token;
  }

  /** The token that the layer kept last. */
  kept(index: number): unknown {
    return this.#tokens?.[index];
  }

  /**
   * Ends everything within layer `index` at once: waits end, permits go back, the signal is aborted, and the layer
   * at `index` hears `reason` as its error. An index below the call's outermost layer ends the whole call; it then
   * counts as cancelled, unless `asFailure` says that it failed.
   */
  interrupt(index: number, reason: unknown, asFailure = false): void {
    if (this.#settled) return;
    if (this.#busy) {
      // Of several, the outermost wins: it ends what the others would have ended.
      if (this.#interruption === undefined || index < this.#interruption.index) {
        this.#interruption = { index, reason, asFailure };
      }
      return;
    }
    this.#busy = true;
    this.#time = Number.NaN;
    this.#generation++;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.abandoned = this.#running;
    this.#running = undefined;
    const attempt = this.#attempt;
    this.#attempt = undefined;
    const { layers } = this.route;
    for (let i = this.#depth - 1; i > index; i--) layers[i]?.cancelled?.(this, reason);
    // Last, since listeners of the signal are foreign code: by now every permit is back where it belongs.
    waiting?.cancel?.(reason);
    attempt?.abort(reason);
    if (index >= this.#floor) this.#deliver(this.#ascendFailed(index, reason));
    else this.#deliver(this.#complete(asFailure ? 'failed' : 'cancelled', reason));
  }

  /** Runs what lies within layer `index` as a call of its own: a hedge, a refresh, a shared flight. */
  fork(index: number): Fork {
    // A fork does not hear the caller's signal itself: whoever forks decides when it ends.
    const fork = new LiveCall(
      this.route,
      this.#work,
      { ...this.options, signal: undefined },
      this,
      index + 1,
    );
    fork.deadline = this.deadline;
    fork.ambient = this.ambient;
    const promise = fork.start(true);
    return { promise, interrupt: (reason) => fork.interrupt(index, reason) };
  }

  #descend(from: number): Outcome {
    const { layers } = this.route;
    let i = from;
    let entry: Entry;
    try {
      for (; i < layers.length; i++) {
        const enter = layers[i]!.enter;
        if (enter === undefined) continue;
        entry = enter(this);
        if (entry !== undefined) break;
      }
    } catch (error) {
      // A user's function within a policy threw (a key, a predicate); the layers outside hear it as any error.
      return this.#ascendFailed(i - 1, error);
    }
    return entry === undefined ? this.#begin() : this.#entered(i, entry);
  }

  #entered(index: number, entry: Admission | Answer | Refusal): Outcome {
    if (entry instanceof Refusal) return this.#ascendFailed(index - 1, entry.error);
    if (entry instanceof Answer) return this.#answered(index, entry);
    this.#wait(index, entry, index + 1);
    return pending;
  }

  #begin(): Outcome {
    const innermost = this.route.layers.length - 1;
    const attempt = new Attempt(this, this.#countAttempt());
    this.#attempt = attempt;
    let result: unknown;
    try {
      result = this.#hasAmbient()
        ? this.route.runtime.ambient.run(attempt.handedDown, () => this.#work(attempt))
        : this.#work(attempt);
    } catch (error) {
      return this.#ascendFailed(innermost, error);
    }
    if (!isThenable(result)) return this.#ascendSucceeded(innermost, result);
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    if (this.#resolve === undefined) {
      // Nothing can end this call but its work: the promise that follows the work's own is the call's.
      this.#running = promise.then(
        (value) => this.#returned(this.#running, this.#ascendSucceeded(innermost, value)),
        (error) => this.#returned(this.#running, this.#ascendFailed(innermost, error)),
      );
      return pending;
    }
    this.#depth = innermost + 1;
    this.#running = promise;
    const generation = this.#generation;
    promise.then(
      (value) => this.#workEnded(generation, true, value),
      (error) => this.#workEnded(generation, false, error),
    );
    return pending;
  }

  #countAttempt(): number {
    if (this.#parent !== undefined) this.attempts = this.#parent.#countAttempt();
    else this.attempts++;
    return this.attempts;
  }

  #workEnded(generation: number, ok: boolean, result: unknown): void {
    if (generation !== this.#generation) return this.#abandonedEnded(ok, result);
    this.#busy = true;
    this.#running = undefined;
    const innermost = this.route.layers.length - 1;
    this.#deliver(ok ? this.#ascendSucceeded(innermost, result) : this.#ascendFailed(innermost, result));
  }

  #ascendSucceeded(from: number, value: unknown): Outcome {
    this.#time = Number.NaN;
    const { layers } = this.route;
    let i = from;
    let turn: Turn;
    try {
      for (; i >= this.#floor; i--) {
        const succeeded = layers[i]!.succeeded;
        if (succeeded === undefined) continue;
        turn = succeeded(this, value);
        if (turn !== undefined) break;
      }
    } catch (error) {
      return this.#ascendFailed(i - 1, error);
    }
    if (turn === undefined) return this.#complete('succeeded', value);
    if (turn instanceof Redo) discard(value);
    return this.#turned(i, turn);
  }

  #ascendFailed(from: number, reason: unknown): Outcome {
    this.#time = Number.NaN;
    const { layers } = this.route;
    let error = reason;
    for (let i = from; i >= this.#floor; i--) {
      const layerFailed = layers[i]!.failed;
      if (layerFailed === undefined) continue;
      try {
        const turn = layerFailed(this, error);
        if (turn !== undefined) return this.#turned(i, turn);
      } catch (thrown) {
        error = thrown;
      }
    }
    return this.#complete('failed', error);
  }

  #turned(index: number, turn: Answer | Refusal | Redo): Outcome {
    if (turn instanceof Refusal) return this.#ascendFailed(index - 1, turn.error);
    if (turn instanceof Answer) return this.#answered(index, turn);
    if (turn.delayMs <= 0) return this.#descend(index + 1);
    this.#wait(index + 1, sleep(this.route.runtime.timers, turn.delayMs), index + 1);
    return pending;
  }

  #answered(index: number, answer: Answer): Outcome {
    if (!isThenable(answer.value)) return this.#ascendSucceeded(index - 1, answer.value);
    this.#depth = index;
    this.#waiting = answer;
    const generation = this.#generation;
    Promise.resolve(answer.value).then(
      (value) => {
        if (!this.#resume(generation)) return discard(value);
        this.#deliver(this.#ascendSucceeded(index - 1, value));
      },
      (error) => {
        if (this.#resume(generation)) this.#deliver(this.#ascendFailed(index - 1, error));
      },
    );
    return pending;
  }

  /** Waits for `admission`, with `depth` layers entered, then goes on at layer `next`. */
  #wait(depth: number, admission: Admission, next: number): void {
    this.#depth = depth;
    this.#waiting = admission;
    const generation = this.#generation;
    // A promise and no callback: the work then runs in its caller's asynchronous context, not in the releaser's.
    admission.ready.then(
      () => {
        if (this.#resume(generation)) this.#deliver(this.#descend(next));
      },
      (error) => {
        if (this.#resume(generation)) this.#deliver(this.#ascendFailed(depth - 1, error));
      },
    );
  }

  /** Takes up a call that waited; false when it was interrupted meanwhile. */
  #resume(generation: number): boolean {
    if (generation !== this.#generation) return false;
    this.#busy = true;
    this.#waiting = undefined;
    this.#time = Number.NaN;
    return true;
  }

  #complete(how: 'succeeded' | 'failed' | 'cancelled', result: unknown): Outcome {
    this.#settled = true;
    this.#attempt = undefined;
    this.onSettled?.();
    if (this.#floor === 0 && this.route.runtime.events.active) this.#emit(how, result);
    if (--this.route.running === 0) this.route.onIdle?.();
    if (how === 'succeeded') return result;
    this.#error = result;
    return failed;
  }

  /** Ends a step of the engine: settles the call when its outcome is known. */
  #deliver(outcome: Outcome): void {
    this.#busy = false;
    if (outcome === failed) this.#reject?.(this.#error);
    else if (outcome !== pending) this.#resolve?.(outcome);
    else if (this.#interruption !== undefined) {
      const { index, reason, asFailure } = this.#interruption;
      this.#interruption = undefined;
      this.interrupt(index, reason, asFailure);
    }
  }

  /** Hands an outcome to the promise that follows the work's own. */
  #returned(ended: Promise<unknown> | undefined, outcome: Outcome): unknown {
    if (outcome === pending) return this.#running === ended ? this.#promise() : this.#running;
    if (outcome === failed) throw this.#error;
    return outcome;
  }

  #promise(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  #hasAmbient(): boolean {
    return this.route.ambient || this.attempts > 1 || this.options.criticality !== undefined;
  }

  #abandonedEnded(ok: boolean, result: unknown): void {
    if (ok) discard(result);
    const { events, clock } = this.route.runtime;
    if (!events.active) return;
    const base = { type: 'call.abandoned-work-ended', at: clock.now(), pipeline: this.route.name } as const;
    events.emit(ok ? base : { ...base, error: result });
  }

  #emit(how: 'succeeded' | 'failed' | 'cancelled', result: unknown): void {
    const at = this.route.runtime.clock.now();
    const startedAt = Number.isNaN(this.#startedAt) ? at : this.#startedAt;
    const base = { at, pipeline: this.route.name, durationMs: at - startedAt, attempts: this.attempts };
    let event: PolicyEvent;
    if (how === 'succeeded') event = { type: 'call.succeeded', ...base };
    else if (how === 'failed') event = { type: 'call.failed', ...base, error: result };
    else event = { type: 'call.cancelled', ...base, reason: result };
    this.route.runtime.events.emit(event);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    (typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function')
  );
}
