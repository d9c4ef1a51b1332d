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

/** What is done with it is done a microtask later; for less than `queueMicrotask` asks. */
const soon = Promise.resolve();

/** Microtasks until one who was answered asks again, if he does nothing else meanwhile. */
const hopsMax = 8;

export class LimitAsks {
  readonly #store: LimitStore;
  readonly #rule: LimitRule;
  readonly #link: StoreLink;
  #queue: LimitAsk[] = [];
  #busy = false;
  /** What is under way; one at a time, so that what is done with it is made once. */
  #batch!: Batch;
  readonly #begin = () => this.#send();
  readonly #question = () => this.#store.take(this.#rule, this.#batch.wants);
  readonly #answered = (grants: readonly LimitGrant[]) => {
    this.#batch.answer(grants);
    this.#next();
  };
  readonly #failed = () => {
    // Those who came meanwhile would only wait for the same.
    const failed = [...this.#batch.asks, ...this.#queue];
    this.#queue = [];
    this.#busy = false;
    for (const ask of failed) ask.failed();
  };

  constructor(store: LimitStore, rule: LimitRule, link: StoreLink) {
    this.#store = store;
    this.#rule = rule;
    this.#link = link;
  }

  /** Whether the store can be asked, as far as is known. */
  get isUp(): boolean {
    return this.#link.isUp;
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
    void soon.then(this.#begin);
  }

  #send(): void {
    const queue = this.#queue;
    this.#queue = [];
    const batch = new Batch();
    let taken = 0;
    while (taken < queue.length && batch.add(queue[taken]!)) taken++;
    if (taken < queue.length) this.#queue = queue.slice(taken);
    if (batch.asks.length === 0) return this.#next();
    const now = this.#link.now();
    for (const ask of batch.asks) ask.sent?.(now);
    this.#batch = batch;
    this.#link.tell(this.#question, now, this.#answered, this.#failed);
  }

  /** Those who were answered just now may ask again; they go with those who wait, so that all stay together. */
  #next(hops = hopsMax): void {
    if (this.#queue.length === 0) this.#busy = false;
    else if (hops === 0) this.#send();
    else void soon.then(() => this.#next(hops - 1));
  }
}

/** What goes in one round trip. */
class Batch {
  readonly asks: LimitAsk[] = [];
  readonly wants: { readonly key: string; permits: number }[] = [];
  /** Where in `wants` each ask has its key. */
  readonly #places: number[] = [];
  /** Only where there is more than one key. */
  #placeOf: Map<string, number> | undefined = undefined;

  /** Takes an ask in; false when there is no room for its key. */
  add(ask: LimitAsk): boolean {
    if (ask.permits === 0) return true;
    const place = this.#place(ask.key);
    if (place === undefined) return false;
    this.wants[place]!.permits += ask.permits;
    this.asks.push(ask);
    this.#places.push(place);
    return true;
  }

  /** Hands the permits out, first come, first served; who has given up meanwhile leaves his to the next. */
  answer(grants: readonly LimitGrant[]): void {
    const left = grants.map(({ granted }) => granted);
    for (let n = 0; n < this.asks.length; n++) {
      const ask = this.asks[n]!;
      const place = this.#places[n]!;
      const permits = Math.min(ask.permits, left[place] ?? 0);
      left[place]! -= permits;
      ask.granted(permits, grants[place]?.retryAfterMs ?? 0);
    }
  }

  #place(key: string): number | undefined {
    const { wants } = this;
    if (wants[0]?.key === key) return 0;
    const known = this.#placeOf?.get(key);
    if (known !== undefined) return known;
    if (wants.length >= keysMax) return undefined;
    if (wants.length > 0) (this.#placeOf ??= new Map()).set(key, wants.length);
    wants.push({ key, permits: 0 });
    return wants.length - 1;
  }
}
