/**
 * The way from many decisions to few round trips: what is asked in the same turn, or while a round trip is under way,
 * goes to the store together, and what is asked for the same key as one number.
 */
import type { LimitGrant, LimitRule, LimitStore } from './limit-store.ts';
import type { StoreLink } from './store-link.ts';
import { turnsMax } from './turn.ts';

/** One who wants permits. */
export interface LimitAsk {
  readonly key: string;
  /** How many are wanted at this moment; 0 once the ask is given up. */
  readonly permits: number;
  /** Told that it is on its way. */
  sent?(now: number): void;
  /** Told how many there were, and in how many milliseconds there will be another. */
  granted(permits: number, retryAfterMs: number): void;
  /** Told that the store could not be asked. */
  failed(): void;
}

/** Keys in one round trip: a script holds everything else up while it runs. */
const keysMax = 256;

export class LimitAsks {
  readonly #store: LimitStore;
  readonly #rule: LimitRule;
  readonly #link: StoreLink;
  #queue: LimitAsk[] = [];
  #busy = false;

  constructor(store: LimitStore, rule: LimitRule, link: StoreLink) {
    this.#store = store;
    this.#rule = rule;
    this.#link = link;
  }

  /** Whether the store can be asked; when it is down it is looked after in the background. */
  isOpen(now: number): boolean {
    if (this.#link.isUp) return true;
    this.#link.probe(now, () => this.#store.take(this.#rule, [{ key: '', permits: 0 }]));
    return false;
  }

  /** Asks with the next round trip. */
  add(ask: LimitAsk): void {
    if (this.#queue.length >= turnsMax) return ask.failed();
    this.#queue.push(ask);
    if (this.#busy) return;
    this.#busy = true;
    // A microtask later, so that all who are about to ask in this turn are there.
    queueMicrotask(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = new Batch();
      const taken = this.#queue.findIndex((ask) => !batch.add(ask));
      this.#queue = taken === -1 ? [] : this.#queue.slice(taken);
      if (batch.wants.length === 0) continue;
      const now = this.#link.now();
      for (const ask of batch.asks) ask.sent?.(now);
      let grants: readonly LimitGrant[];
      try {
        grants = await this.#link.ask(() => this.#store.take(this.#rule, batch.wants));
      } catch {
        // Those who came meanwhile would only wait for the same.
        const failed = [...batch.asks, ...this.#queue];
        this.#queue = [];
        for (const ask of failed) ask.failed();
        continue;
      }
      batch.answer(grants);
    }
    this.#busy = false;
  }
}

/** What goes in one round trip. */
class Batch {
  readonly asks: LimitAsk[] = [];
  readonly wants: { readonly key: string; permits: number }[] = [];
  readonly #places: number[] = [];
  readonly #placeOf = new Map<string, number>();

  /** Takes an ask in; false when there is no room for its key. */
  add(ask: LimitAsk): boolean {
    if (ask.permits === 0) return true;
    let place = this.#placeOf.get(ask.key);
    if (place === undefined) {
      place = this.wants.length;
      if (place >= keysMax) return false;
      this.#placeOf.set(ask.key, place);
      this.wants.push({ key: ask.key, permits: 0 });
    }
    this.wants[place]!.permits += ask.permits;
    this.asks.push(ask);
    this.#places.push(place);
    return true;
  }

  /** Hands the permits out, first come, first served; who has given up meanwhile leaves his to the next. */
  answer(grants: readonly LimitGrant[]): void {
    const left = grants.map(({ granted }) => granted);
    for (const [index, ask] of this.asks.entries()) {
      const place = this.#places[index]!;
      const permits = Math.min(ask.permits, left[place] ?? 0);
      left[place]! -= permits;
      ask.granted(permits, grants[place]?.retryAfterMs ?? 0);
    }
  }
}
