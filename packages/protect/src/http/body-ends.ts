import type { Signals } from '../kernel/signals.ts';

/**
 * Lets a caller's signal end a body that is still read when its call has long succeeded.
 *
 * Not by AbortSignal.any: on Node 22 the more of its signals a long-lived one has, the longer each further one takes.
 * Here they all share one listener, and a body that nobody holds any more takes its link with it.
 */
export class BodyEnds {
  readonly #signals: Signals;
  /** Keeps what ends a body for as long as there is the body. */
  readonly #ends = new WeakMap<ReadableStream, AbortController>();
  readonly #gone = new FinalizationRegistry<() => void>((unlink) => unlink());

  constructor(signals: Signals) {
    this.#signals = signals;
  }

  /** From now on the caller's signal aborts `ends`, to which `body` listens. */
  follow(body: ReadableStream, caller: AbortSignal, ends: AbortController): void {
    const weak = new WeakRef(ends);
    this.#ends.set(body, ends);
    this.#gone.register(
      body,
      this.#signals.link(caller, (reason) => weak.deref()?.abort(reason)),
    );
  }
}
