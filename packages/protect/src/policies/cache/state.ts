import { BoundedMap } from '../../kernel/bounded-map.ts';

/** A remembered value. */
export interface CacheEntry {
  readonly value: unknown;
  /** When it was made, on the clock. */
  readonly at: number;
}

/** How fresh a remembered value is. */
export type Freshness = 'fresh' | 'stale-while-revalidate' | 'stale-if-error' | 'expired';

/** For how long a value may be used, in milliseconds each, one after the other from when it was made. */
export interface CacheTimes {
  readonly ttlMs: number;
  /** After that: served at once, and refreshed meanwhile. */
  readonly staleWhileRevalidateMs: number;
  /** After `ttlMs`: served when getting a new one failed. */
  readonly staleIfErrorMs: number;
}

/** A bounded cache as a synchronous state machine. The entry unused for longest leaves first. */
export class Cache {
  readonly times: CacheTimes;
  readonly #entries: BoundedMap<string, CacheEntry>;
  #forgotten = 0;

  constructor(times: CacheTimes, maxEntries: number) {
    this.times = times;
    this.#entries = new BoundedMap(maxEntries);
  }

  /** Values that are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: string): CacheEntry | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: unknown, now: number): void {
    this.#entries.set(key, { value, at: now });
  }

  /** How often something was forgotten by hand. What was asked for before that may be out of date, and is not kept. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Forgets a value, as after it was changed; calls that are under way for it will not bring the old one back. */
  delete(key: string): void {
    this.#forgotten++;
    this.#entries.delete(key);
  }

  /** Forgets all values. */
  clear(): void {
    this.#forgotten++;
    this.#entries.clear();
  }

  freshness(entry: CacheEntry, now: number): Freshness {
    const ageMs = now - entry.at;
    const { ttlMs, staleWhileRevalidateMs, staleIfErrorMs } = this.times;
    if (ageMs < ttlMs) return 'fresh';
    if (ageMs < ttlMs + staleWhileRevalidateMs) return 'stale-while-revalidate';
    return ageMs < ttlMs + staleIfErrorMs ? 'stale-if-error' : 'expired';
  }
}
