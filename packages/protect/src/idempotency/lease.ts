/**
 * A lease on a record: this holder does the work, and nobody else, for as long as it renews. Whoever dies stops
 * renewing, and another takes over. A holder that was only slow finds out, since the record has a new version by then.
 */
import type { Runtime } from '../kernel/runtime.ts';
import type { Store } from '../kernel/store.ts';
import { background, type Timer } from '../kernel/timers.ts';
import { decodeRecord } from './record.ts';

export class Lease {
  readonly #parts: LeaseParts;
  #version: number;
  #renewedAt: number;
  #timer: Timer | undefined;
  #renewing: Promise<void> | undefined;
  #ended = false;

  constructor(parts: LeaseParts, version: number, claimedAt: number) {
    this.#parts = parts;
    this.#version = version;
    // From before the claim was sent: the store counts from later, so we give up earlier than others may take over.
    this.#renewedAt = claimedAt;
    this.#arm();
  }

  /** Writes `value` in place of the lease; tells whether the lease was still ours. */
  async finish(value: string): Promise<boolean> {
    this.#ended = true;
    this.#timer?.cancel();
    await this.#renewing;
    return this.#write(value);
  }

  #arm(): void {
    const { runtime, leaseMs } = this.#parts;
    this.#timer = runtime.timers.set(
      () => {
        this.#renewing = this.#renew();
      },
      leaseMs / 3,
      background,
    );
  }

  async #renew(): Promise<void> {
    const { runtime, leaseMs, onLost, value } = this.#parts;
    const startedAt = runtime.clock.now();
    let ours: boolean;
    try {
      ours = await this.#write(value);
      if (ours) this.#renewedAt = startedAt;
    } catch {
      // A store that is away for a moment costs nothing, as long as it is back before the lease is over.
      ours = runtime.clock.now() - this.#renewedAt < leaseMs;
    }
    if (this.#ended) return;
    if (ours) this.#arm();
    else onLost();
  }

  async #write(value: string): Promise<boolean> {
    const { store, key, keepMs, holder } = this.#parts;
    for (;;) {
      const result = await store.write(key, value, { expect: this.#version, ttlMs: keepMs });
      if (result.written) {
        this.#version = result.version;
        return true;
      }
      // An earlier write of ours may have been done although its answer never came.
      const current = result.current && decodeRecord(result.current.value);
      if (current?.state !== 'running' || current.holder !== holder) return false;
      this.#version = result.current!.version;
    }
  }
}

/** What a lease is on, and who holds it. */
export interface LeaseParts {
  readonly store: Store;
  readonly key: string;
  /** The record that stands while the lease runs. */
  readonly value: string;
  readonly holder: string;
  readonly leaseMs: number;
  readonly keepMs: number;
  readonly runtime: Runtime;
  readonly onLost: () => void;
}
