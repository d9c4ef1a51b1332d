import type { Emit } from '../kernel/events.ts';
import type { Store } from '../kernel/store.ts';
import type { Runtime } from '../kernel/runtime.ts';
import { background, type Timer } from '../kernel/timers.ts';
import { LeaseLostError } from './errors.ts';
import type { StoreLink } from './store-link.ts';

/** What all leases of one name have in common. */
export interface LeaseParts {
  readonly name: string;
  readonly store: Store;
  readonly link: StoreLink;
  readonly runtime: Runtime;
  readonly emit: Emit;
  readonly ttlMs: number;
  /** Whether work goes on when its lease cannot be renewed because the store is away. */
  readonly goesOn: boolean;
}

/**
 * A lease that is held: a record that ends by itself on the store's clock unless it is renewed, as it is from the
 * background, three times in its life. Its holder finds out when it was lost.
 */
export class HeldLease {
  readonly key: string;
  /** Higher than that of any holder before, for whoever must refuse those. */
  readonly token: number;
  readonly #parts: LeaseParts;
  readonly #holder: string;
  readonly #lost = new AbortController();
  #version: number | 'absent';
  #renewal: Timer | undefined = undefined;
  #end: Timer | undefined = undefined;
  #renewing: Promise<void> | undefined = undefined;
  #ended = false;

  /** @param claimedAt - from before the claim was sent: we give up earlier than the store does */
  constructor(parts: LeaseParts, key: string, holder: string, version: number, claimedAt: number) {
    this.#parts = parts;
    this.key = key;
    this.token = version;
    this.#holder = holder;
    this.#version = version;
    this.#renewed(claimedAt);
  }

  /** Aborted with LEASE_LOST when the lease is lost. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Frees the place; without the store it is free when its time is over. */
  async release(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#renewal?.cancel();
    this.#end?.cancel();
    await this.#renewing;
    const { link, store } = this.#parts;
    const version = this.#version;
    if (this.#lost.signal.aborted || version === 'absent') return;
    await link.ask(() => store.remove(this.key, version)).catch(() => {});
  }

  /** The lease holds for its whole time from `at` on, which is before the store began to count. */
  #renewed(at: number): void {
    const { goesOn, runtime, ttlMs } = this.#parts;
    this.#end?.cancel();
    if (!goesOn) {
      const leftMs = Math.max(0, at + ttlMs - runtime.clock.now());
      this.#end = runtime.timers.set(() => this.#lose(this.#parts.link.error), leftMs, background);
    }
    this.#renewLater(ttlMs / 3);
  }

  #renewLater(delayMs: number): void {
    this.#renewal = this.#parts.runtime.timers.set(
      () => {
        this.#renewing = this.#renew();
      },
      delayMs,
      background,
    );
  }

  async #renew(): Promise<void> {
    const { runtime, ttlMs } = this.#parts;
    const startedAt = runtime.clock.now();
    let isOurs: boolean | undefined;
    try {
      isOurs = await this.#write();
    } catch {
      // There is time for another try.
    }
    if (this.#ended || this.#lost.signal.aborted) return;
    if (isOurs === undefined) this.#renewLater(ttlMs / 6);
    else if (isOurs) this.#renewed(startedAt);
    else this.#lose(undefined);
  }

  /** Writes the record anew; tells whether it was still ours. */
  async #write(): Promise<boolean> {
    const { goesOn, link, store, ttlMs } = this.#parts;
    for (;;) {
      const result = await link.ask(() =>
        store.write(this.key, this.#holder, { expect: this.#version, ttlMs }),
      );
      if (result.written) {
        this.#version = result.version;
        return true;
      }
      const { current } = result;
      // An earlier write of ours may have been done although its answer never came.
      if (current?.value === this.#holder) this.#version = current.version;
      else if (goesOn && current === undefined) this.#version = 'absent';
      else return false;
    }
  }

  #lose(cause: unknown): void {
    this.#renewal?.cancel();
    this.#end?.cancel();
    this.#lost.abort(new LeaseLostError(this.#parts.name, cause));
  }
}
