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
import { emitCallEnded } from './call-events.ts';
import { Admission, Answer, type Call, type Entry, type Fork, Redo, Refusal, type Turn } from './layer.ts';
import type { CallOptions } from './call-options.ts';
import type { Route, Work } from './route.ts';
import { sleep } from './sleep.ts';
import { Suspension } from './suspension.ts';
import { isThenable } from './thenable.ts';

/** The outcome is not known yet; the suspension's promise gets it. */
const pending: unique symbol = Symbol('pending');
/** The outcome is `error`. */
const failed: unique symbol = Symbol('failed');
/** What is known at the end of a step: a value, the promise of one, or one of the two marks above. */
type Outcome = unknown;

export class LiveCall implements Call {
  readonly route: Route;
  readonly options: CallOptions;
  /** The number of attempts begun. */
  attempts = 0;
  /** When the work must be done, on the runtime's clock; `undefined` without a limit. */
  limit: number | undefined;
  /** What enclosing calls handed down. */
  ambient: Ambient | undefined;
  /** Done when the call has settled, whatever the outcome. */
  onSettled: (() => void) | undefined;

  readonly #work: Work<unknown>;
  /** The call that this one is a fork of. */
  readonly #parent: LiveCall | undefined;
  /** The outermost layer that belongs to this call; above 0 for a fork. */
  readonly #floor: number;
  // Numbers that are mostly absent are not there at all: a field that is always a number costs an allocation a call.
  #time: number | undefined;
  #startedAt: number | undefined;
  /** What layers keep for the way out, by their index. */
  #tokens: unknown[] | undefined;
  #error: unknown;
  /** Only for a call that can be interrupted or has to wait. */
  #suspension: Suspension | undefined;

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
      const promise = this.#promise();
      const suspension = this.#suspend();
      suspension.busy = true;
      this.#deliver(suspension, this.#descend(this.#floor));
      return promise;
    }
    const outcome = this.#descend(this.#floor);
    if (outcome instanceof Promise) return outcome;
    if (outcome === pending) return this.#promise();
    return outcome === failed ? Promise.reject(this.#error) : Promise.resolve(outcome);
  }

  /** The promises of work that was abandoned while it still ran, also by forks; oldest first. */
  get abandoned(): readonly Promise<unknown>[] {
    return this.#suspension?.abandoned ?? [];
  }

  /** The call itself, or the outermost that it is a fork of. */
  get root(): LiveCall {
    return this.#parent?.root ?? this;
  }

  /** The time on the runtime's clock, read once for all that happens in one go. */
  now(): number {
    this.#time ??= this.route.runtime.clock.now();
    return this.#time;
  }

  /** Keeps a layer's token for its way out. */
  keep(index: number, token: unknown): void {
    // A copy has just the room that is needed, where a growing array has a lot more.
    (this.#tokens ??= this.route.noTokens.slice())[index] = token;
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
    const suspension = this.#suspension;
    if (suspension === undefined || suspension.settled) return;
    if (suspension.busy) {
      // Of several, the outermost wins: it ends what the others would have ended.
      const { interruption } = suspension;
      if (interruption === undefined || index < interruption.index) {
        suspension.interruption = { index, reason, asFailure };
      }
      // The work is begun just now: it hears of it at once, as it would later.
      suspension.attempt?.abort(reason);
      return;
    }
    const { attempt, depth, waiting } = suspension;
    suspension.giveUp();
    this.#time = undefined;
    const { layers } = this.route;
    for (let i = depth - 1; i > index; i--) layers[i]?.cancelled?.(this, reason);
    waiting?.cancel?.(reason);
    // Last, since listeners of the signal are foreign code: by now every permit is back where it belongs.
    attempt?.abort(reason);
    if (index >= this.#floor) this.#deliver(suspension, this.#ascendFailed(index, reason));
    else this.#deliver(suspension, this.#complete(asFailure ? 'failed' : 'cancelled', reason));
  }

  /** Runs what lies within layer `index` as a call of its own: a hedge, a refresh, a shared flight. */
  fork(index: number, limit: number | undefined = this.limit): Fork {
    // A fork does not hear the caller's signal itself: whoever forks decides when it ends.
    const fork = new LiveCall(
      this.route,
      this.#work,
      { ...this.options, signal: undefined },
      this,
      index + 1,
    );
    fork.limit = limit;
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
    return entry === undefined ? this.#begin() : this.#turned(i, entry);
  }

  // Three short methods and no closures in this one: a function that holds closures pays for them on every path.
  #begin(): Outcome {
    const suspension = this.#suspension;
    if (suspension?.interruption !== undefined) {
      // The call is over, even if whoever ended it was called by a step of its own.
      suspension.depth = this.route.layers.length;
      return pending;
    }
    const attempt = new Attempt(this, this.#countAttempt());
    if (suspension !== undefined) suspension.attempt = attempt;
    let result: unknown;
    let later: boolean;
    try {
      result = this.#hasAmbient() ? this.#workWithin(attempt) : this.#work(attempt);
      later = isThenable(result);
    } catch (error) {
      return this.#ascendFailed(this.route.layers.length - 1, error);
    }
    if (!later) return this.#ascendSucceeded(this.route.layers.length - 1, result);
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    // Where nothing can end the call but its work, the promise that follows the work's own is the call's.
    return suspension === undefined ? this.#follow(promise) : this.#await(suspension, attempt, promise);
  }

  #workWithin(attempt: Attempt): unknown {
    return this.route.runtime.ambient.run(attempt.handedDown, () => this.#work(attempt));
  }

  #follow(promise: Promise<unknown>): Outcome {
    return promise.then(
      (value) => this.#returned(this.#ascendSucceeded(this.route.layers.length - 1, value)),
      (error) => this.#returned(this.#ascendFailed(this.route.layers.length - 1, error)),
    );
  }

  #await(suspension: Suspension, attempt: Attempt, promise: Promise<unknown>): Outcome {
    const generation = suspension.run(this.route.layers.length, attempt, promise);
    promise.then(
      (value) => this.#workEnded(suspension, generation, true, value),
      (error) => this.#workEnded(suspension, generation, false, error),
    );
    return pending;
  }

  #countAttempt(): number {
    if (this.#parent !== undefined) this.attempts = this.#parent.#countAttempt();
    else this.attempts++;
    return this.attempts;
  }

  #workEnded(suspension: Suspension, generation: number, ok: boolean, result: unknown): void {
    if (!suspension.resume(generation)) return this.#abandonedEnded(ok, result);
    const innermost = this.route.layers.length - 1;
    this.#deliver(
      suspension,
      ok ? this.#ascendSucceeded(innermost, result) : this.#ascendFailed(innermost, result),
    );
  }

  #ascendSucceeded(from: number, value: unknown): Outcome {
    this.#time = undefined;
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
      // A user's function within the policy threw: the policy gives back what it holds.
      layers[i]!.cancelled?.(this, error);
      discard(value);
      return this.#ascendFailed(i - 1, error);
    }
    if (turn === undefined) return this.#complete('succeeded', value);
    if (turn instanceof Redo) discard(value);
    return this.#turned(i, turn);
  }

  #ascendFailed(from: number, reason: unknown): Outcome {
    this.#time = undefined;
    const { layers } = this.route;
    let error = reason;
    for (let i = from; i >= this.#floor; i--) {
      const layerFailed = layers[i]!.failed;
      if (layerFailed === undefined) continue;
      try {
        const turn = layerFailed(this, error);
        if (turn === undefined) continue;
        // A response that was thrown for its status is let go of before the wait.
        if (turn instanceof Redo) discard(error);
        return this.#turned(i, turn);
      } catch (thrown) {
        layers[i]!.cancelled?.(this, thrown);
        error = thrown;
      }
    }
    return this.#complete('failed', error);
  }

  /** Does what layer `index` said, on the way in or out. */
  #turned(index: number, turn: Admission | Answer | Refusal | Redo): Outcome {
    if (turn instanceof Refusal) return this.#ascendFailed(index - 1, turn.error);
    if (turn instanceof Admission) {
      return this.#wait(turn.ready, turn, index, () => this.#descend(index + 1));
    }
    if (turn instanceof Answer) {
      if (!isThenable(turn.value)) return this.#ascendSucceeded(index - 1, turn.value);
      return this.#wait(Promise.resolve(turn.value), turn, index, (value) =>
        this.#ascendSucceeded(index - 1, value),
      );
    }
    if (turn.delayMs <= 0) return this.#descend(index + 1);
    const rest = sleep(this.route.runtime.timers, turn.delayMs);
    return this.#wait(rest.ready, rest, index + 1, () => this.#descend(index + 1));
  }

  /** Waits for `promise`, with `depth` layers entered, then goes on; an error is heard by the layers that are entered. */
  #wait(
    promise: Promise<unknown>,
    waiting: Admission | Answer,
    depth: number,
    goOn: (value: unknown) => Outcome,
  ): Outcome {
    const suspension = this.#suspend();
    const generation = suspension.wait(depth, waiting);
    // A promise and no callback: the work then runs in its caller's asynchronous context, not in the releaser's.
    promise.then(
      (value) => {
        if (!suspension.resume(generation)) return discard(value);
        this.#time = undefined;
        return this.#deliver(suspension, goOn(value));
      },
      (error) => {
        if (suspension.resume(generation)) this.#deliver(suspension, this.#ascendFailed(depth - 1, error));
      },
    );
    return pending;
  }

  #complete(how: 'succeeded' | 'failed' | 'cancelled', result: unknown): Outcome {
    if (this.#suspension !== undefined) this.#suspension.settled = true;
    this.onSettled?.();
    if (this.#floor === 0 && this.route.runtime.events.active)
      emitCallEnded(this, how, result, this.#startedAt);
    if (--this.route.running === 0) this.route.onIdle?.();
    if (how === 'succeeded') return result;
    this.#error = result;
    return failed;
  }

  /** Ends a step of the engine: settles the call when its outcome is known. */
  #deliver(suspension: Suspension, outcome: Outcome): void {
    suspension.busy = false;
    if (outcome === failed) suspension.reject?.(this.#error);
    else if (outcome !== pending) suspension.resolve?.(outcome);
    else if (suspension.interruption !== undefined) {
      const { index, reason, asFailure } = suspension.interruption;
      suspension.interruption = undefined;
      this.interrupt(index, reason, asFailure);
    }
  }

  /** Hands an outcome to the promise that follows the work's own. */
  #returned(outcome: Outcome): unknown {
    if (outcome === pending) return this.#promise();
    if (outcome === failed) throw this.#error;
    return outcome;
  }

  #suspend(): Suspension {
    this.#suspension ??= new Suspension(this.#parent && this.#parent.#suspension);
    return this.#suspension;
  }

  #promise(): Promise<unknown> {
    const suspension = this.#suspend();
    return new Promise((resolve, reject) => {
      suspension.resolve = resolve;
      suspension.reject = reject;
    });
  }

  #hasAmbient(): boolean {
    if (this.route.ambient || this.attempts > 1 || this.options.criticality !== undefined) return true;
    // A fork may have another deadline than its call.
    return this.#parent !== undefined && this.ambient !== undefined;
  }

  #abandonedEnded(ok: boolean, result: unknown): void {
    if (ok) discard(result);
    const { emit, runtime } = this.route;
    if (runtime.events.active) emit('call.abandoned-work-ended', ok ? {} : { error: result });
  }
}
