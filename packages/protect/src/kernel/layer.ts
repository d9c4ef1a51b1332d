/**
 * The contract between the engine and a policy.
 *
 * A policy is a description; bound to a runtime it becomes a {@link Layer}: a few synchronous steps that the engine
 * takes on the way in and on the way out. A step that has nothing to say returns `undefined`, which is all that the
 * fast path ever sees.
 */
import type { Ambient } from './ambient.ts';
import type { CallOptions } from './call-options.ts';
import type { Emit } from './events.ts';
import type { Runtime } from './runtime.ts';

declare const adds: unique symbol;
declare const machine: unique symbol;

/**
 * A policy, described: immutable, holding no state, free to be used in many pipelines.
 *
 * @typeParam Adds - what the policy may answer instead of the work's own result, such as a fallback's value
 * @typeParam Repeats - whether the policy may run the work more than once
 * @typeParam Machine - the synchronous state machine at the policy's heart, as `pipeline.machine(policy)` gives it
 */
export interface Policy<Adds = unknown, Repeats extends boolean = boolean, Machine = unknown> {
  /** The policy's name, as in events and errors: `retry`, `circuit-breaker`. */
  readonly name: string;
  readonly repeats: Repeats;
  readonly [adds]?: Adds;
  readonly [machine]?: Machine;
  /** Brings the description to life for one pipeline. */
  bind(binding: Binding): Layer;
}

/** Describes a policy by its name and by what brings it to life; `repeats` says that it may run the work more than once. */
export function definePolicy<Adds = never, Machine = unknown, Repeats extends boolean = false>(
  name: string,
  bind: (binding: Binding) => Layer,
  repeats: Repeats = false as Repeats,
): Policy<Adds, Repeats, Machine> {
  return Object.freeze({ name, repeats, bind });
}

/** What a policy is bound to. */
export interface Binding {
  /** The pipeline's name. */
  readonly pipeline: string;
  readonly runtime: Runtime;
  /** The layer's place in the pipeline; 0 is the outermost. */
  readonly index: number;
  /** Says what happened. Ask `runtime.events.active` first: no event is made while nobody listens. */
  readonly emit: Emit;
}

/** A call, as a layer sees it. */
export interface Call {
  readonly options: CallOptions;
  /** What enclosing calls handed down. */
  readonly ambient: Ambient | undefined;
  /** The number of attempts begun. */
  readonly attempts: number;
  /** When the work must be done, on the runtime's clock; `undefined` without a limit. */
  limit: number | undefined;
  /** The promises of work that was abandoned while it still ran, also by forks; oldest first. */
  readonly abandoned: readonly Promise<unknown>[];
  /** The time on the runtime's clock, read once for all that happens in one go. */
  now(): number;
  /** Keeps a layer's token for its way out. */
  keep(index: number, token: unknown): void;
  /** The token that the layer kept last. */
  kept(index: number): unknown;
  /** Ends everything within layer `index` at once; the layer hears `reason` as its error. */
  interrupt(index: number, reason: unknown): void;
  /**
   * Runs what lies within layer `index` as a call of its own: a hedge, a refresh, a shared flight.
   *
   * @param limit - the fork's deadline; default the call's own, which a layer within may have shortened by now
   */
  fork(index: number, limit?: number): Fork;
}

/** A call within a call. */
export interface Fork {
  readonly promise: Promise<unknown>;
  /** Ends the fork; its promise rejects with `reason`. */
  interrupt(reason: unknown): void;
}

/** A policy that lives in a pipeline. Every step is synchronous. */
export interface Layer {
  /** Whether it may end a call while the work still runs; only pipelines with such a layer pay for that. */
  readonly interrupts: boolean;
  /** Whether the work must see what this layer hands down (a deadline) as ambient context. */
  readonly ambient: boolean;
  /** On the way in. */
  readonly enter: ((call: Call) => Entry) | undefined;
  /** On the way out, after a result. */
  readonly succeeded: ((call: Call, value: unknown) => Turn) | undefined;
  /** On the way out, after an error. */
  readonly failed: ((call: Call, error: unknown) => Turn) | undefined;
  /** On the way out, when an outer layer or the caller gave the call up; and when one of the two above threw. */
  readonly cancelled: ((call: Call, reason: unknown) => void) | undefined;
  /** The policy's state machine, for those who read or steer it. */
  readonly machine: unknown;
  /**
   * Whether nothing would be lost if a pipeline without running calls were dropped at `now` and made anew later: an open
   * circuit breaker would come back closed. Absent: always.
   */
  readonly atRest: ((now: number) => boolean) | undefined;
  /** Ends housekeeping when the pipeline is closed. */
  readonly close: (() => void) | undefined;
}

/** What a layer says on the way in; `undefined` lets the call pass. */
export type Entry = Admission | Answer | Refusal | undefined;

/** What a layer says on the way out; `undefined` leaves the outcome as it is. */
export type Turn = Answer | Refusal | Redo | undefined;

/** The call has to wait; it passes when `ready` resolves and is refused when it rejects. */
export class Admission {
  readonly ready: Promise<void>;
  /** Gives the place up at once, in O(1), because the call was interrupted. */
  readonly cancel: (reason: unknown) => void;

  constructor(ready: Promise<void>, cancel: (reason: unknown) => void) {
    this.ready = ready;
    this.cancel = cancel;
  }
}

/** The layer answers by itself; what lies within is not entered, or its outcome is replaced. */
export class Answer {
  readonly value: unknown;
  /** Ends the making of a promised answer because the call was interrupted. */
  readonly cancel: ((reason: unknown) => void) | undefined;

  constructor(value: unknown, cancel?: (reason: unknown) => void) {
    this.value = value;
    this.cancel = cancel;
  }
}

/** The layer refuses the call, or replaces its outcome by an error. */
export class Refusal {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** Everything within the layer is done once more, after a delay in milliseconds. */
export class Redo {
  readonly delayMs: number;

  constructor(delayMs: number) {
    this.delayMs = delayMs;
  }
}

/** Makes a layer of one fixed shape, which keeps the engine's property reads fast. */
export function layer(steps: Partial<Layer>): Layer {
  return { ...bare, ...steps };
}

const bare: Layer = {
  interrupts: false,
  ambient: false,
  enter: undefined,
  succeeded: undefined,
  failed: undefined,
  cancelled: undefined,
  machine: undefined,
  atRest: undefined,
  close: undefined,
};
