import type { Ambient } from './ambient.ts';
import type { CallOptions } from './call-options.ts';
import type { Clock } from './clock.ts';

/**
 * One attempt of a call, as the work sees it.
 *
 * @example pipeline.run(({ signal, attempt }) => fetch(url, { signal, headers: { 'x-attempt': String(attempt) } }))
 */
export class Attempt {
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  readonly #call: AttemptedCall;
  readonly #deadline: number | undefined;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #listener: ((reason: unknown) => void) | undefined;

  constructor(call: AttemptedCall, attempt: number) {
    this.attempt = attempt;
    this.#call = call;
    this.#deadline = call.limit;
  }

  /**
   * Aborted when the attempt is given up: by a time-out, the caller, a lost hedge or a closing pipeline; its `reason`
   * says which. Made when first read, so that work that needs none costs none.
   */
  get signal(): AbortSignal {
    const callers = this.#call.options.signal;
    // The caller's own signal will do where nothing but the caller can end the attempt.
    if (callers !== undefined && this.#deadline === undefined && !this.#call.route.interrupts) return callers;
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  /** When the attempt must be done, in milliseconds on the runtime's clock; `Infinity` without a limit. */
  get deadline(): number {
    return this.#deadline ?? Infinity;
  }

  /** Milliseconds left until the deadline; `Infinity` without one, 0 when it has passed. */
  get remainingMs(): number {
    if (this.#deadline === undefined) return Infinity;
    return Math.max(0, this.#deadline - this.#call.route.runtime.clock.now());
  }

  /** The idempotency key: the same for every attempt of one call. */
  get key(): string | undefined {
    return this.#call.options.key;
  }

  /** How important the call is. */
  get criticality(): string | undefined {
    return this.#call.options.criticality ?? this.#call.ambient?.criticality;
  }

  /** What all attempts of one call have in common, hedged ones too: something to know the call by. */
  get call(): object {
    return this.#call.root;
  }

  /** Calls `listener` when the attempt is given up; unlike a listener of the signal, it costs no signal. */
  whenAborted(listener: (reason: unknown) => void): void {
    const before = this.#listener;
    this.#listener = (reason) => {
      before?.(reason);
      listener(reason);
    };
  }

  /** What calls made within this attempt take over. For the engine, and for the option `within`. */
  get handedDown(): Ambient {
    return {
      deadline: this.deadline,
      attempt: Math.max(this.attempt, this.#call.ambient?.attempt ?? 1),
      criticality: this.criticality,
    };
  }

  /** Tells the work that the attempt is given up. For the engine. */
  abort(reason: unknown): void {
    this.#aborted = { reason };
    this.#listener?.(reason);
    this.#controller?.abort(reason);
  }
}

/** The call that an attempt belongs to. */
export interface AttemptedCall {
  readonly options: CallOptions;
  readonly ambient: Ambient | undefined;
  /** When the work must be done; `undefined` without a limit. */
  readonly limit: number | undefined;
  /** The call itself; for a fork, the one that it was forked from first. */
  readonly root: object;
  readonly route: { readonly interrupts: boolean; readonly runtime: { readonly clock: Clock } };
}
