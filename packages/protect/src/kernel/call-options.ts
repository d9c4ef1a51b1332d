import type { Ambient } from './ambient.ts';

/** What a single call brings along. */
export interface CallOptions {
  /** Ends the call when it is aborted; the rejection is the signal's own reason, untouched. */
  readonly signal?: AbortSignal | undefined;
  /** The idempotency key: the same for every attempt of this call. */
  readonly key?: string | undefined;
  /**
   * Whether this very call may be done twice without harm. `false`: nothing repeats it; `true`: policies may, as in a
   * pipeline that is declared idempotent. Either way it needs no key. Default: as the pipeline is declared.
   */
  readonly repeat?: boolean | undefined;
  /** What the result is a result of: calls with the same text are the same to a cache, or to one shared flight. */
  readonly cacheKey?: string | undefined;
  /** How important the call is; what that means is for load shedding to say. */
  readonly criticality?: string | undefined;
  /** The tenant, for fair shares and keyed limits. */
  readonly tenant?: string | undefined;
  /**
   * The enclosing call's attempt, whose deadline, criticality and attempt number apply here too. Only needed where
   * there is no AsyncLocalStorage (browsers); elsewhere it is found by itself.
   */
  readonly within?: { readonly handedDown: Ambient } | undefined;
}
