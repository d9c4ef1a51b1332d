/**
 * Keeps a circuit breaker in step with those of other processes, in the background: a change of state is published to a
 * store, and what others published is read from time to time. No call ever waits for it; without the store the breaker is
 * one like any other.
 *
 * Each publication names the version that it is based on, and the store refuses it when there is a newer one: what comes
 * late, from a process that stood still or was cut off, changes nothing for anybody.
 */
import type { Runtime } from '../kernel/runtime.ts';
import type { Store, StoredRecord, WriteResult } from '../kernel/store.ts';
import { background, type Timer } from '../kernel/timers.ts';
import type { BreakerTransition, CircuitBreaker } from '../policies/circuit-breaker/state.ts';
import {
  type BreakerRecord,
  decodeBreaker,
  encodeBreaker,
  type SharedBreakerState,
} from './breaker-record.ts';
import type { StoreLink } from './store-link.ts';

/** What keeps a breaker in step. */
export interface BreakerSyncParts {
  readonly machine: CircuitBreaker;
  readonly store: Store;
  readonly link: StoreLink;
  readonly runtime: Runtime;
  /** The record's key. */
  readonly key: string;
  readonly pollMs: number;
  /** Whether another's opening opens this one as well, or only makes its next call a probe. */
  readonly trusts: boolean;
}

/** A change that nobody asked about for so long is forgotten by the store, on top of the time that it is open. */
const keepMs = 600_000;
/** The states that stay until someone ends them by hand; the store keeps these. */
const byHand: ReadonlySet<string> = new Set(['isolated', 'disabled', 'observing']);

export class BreakerSync {
  readonly #parts: BreakerSyncParts;
  readonly #me: string = crypto.randomUUID();
  /** The newest publication that is known. */
  #known: { readonly record: BreakerRecord; readonly openUntil: number } | undefined = undefined;
  #version: number | undefined = undefined;
  /** Our own change that is yet to be published. */
  #unpublished: { readonly state: SharedBreakerState; readonly openUntil: number } | undefined = undefined;
  #isHearing = false;
  #isBusy = false;
  #isClosed = false;
  #timer: Timer | undefined = undefined;

  constructor(parts: BreakerSyncParts) {
    this.#parts = parts;
    parts.machine.follow((transition) => this.#changed(transition));
    void this.#turn();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #changed({ to, at, openForMs }: BreakerTransition): void {
    if (this.#isHearing || this.#isClosed || to === 'half-open') return;
    // Who lets a growing share pass has found that it works again.
    const state = to === 'ramping' ? 'closed' : to;
    if (state === 'closed' && !this.#mayCallOff(at)) {
      this.#unpublished = undefined;
      return;
    }
    this.#unpublished = { state, openUntil: at + openForMs };
    void this.#turn();
  }

  /** Whether a closing is news, and ours to tell: before its time an opening is called off only by who made it. */
  #mayCallOff(now: number): boolean {
    if (this.#known === undefined) return this.#unpublished !== undefined;
    const { record, openUntil } = this.#known;
    if (this.#unpublished === undefined && record.state === 'closed') return false;
    return record.state !== 'open' || record.by === this.#me || now >= openUntil;
  }

  get #hasNews(): boolean {
    return this.#unpublished !== undefined && !this.#isClosed;
  }

  /** Publishes what there is to publish, reads what there is to read; one at a time. */
  async #turn(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#timer?.cancel();
    const { link, store, key, pollMs, runtime } = this.#parts;
    try {
      do {
        while (this.#hasNews && (await this.#publish()));
        const found = await link.ask(() => store.read(key));
        if (found !== undefined) this.#hear(found);
        this.#recall();
      } while (this.#hasNews);
    } catch {
      // The breaker goes by what this process sees, and the next turn tries again.
    }
    this.#isBusy = false;
    if (this.#isClosed) return;
    // By chance earlier or later, so that many processes do not ask in step.
    const untilNextMs = pollMs * (0.75 + runtime.random() / 2);
    this.#timer = runtime.timers.set(() => void this.#turn(), untilNextMs, background);
  }

  /** Tells others of our change; true when there may be more to tell. */
  async #publish(): Promise<boolean> {
    const { key, link, runtime, store } = this.#parts;
    const change = this.#unpublished!;
    const openForMs = Math.max(0, change.openUntil - runtime.clock.now());
    if (change.state === 'open' && openForMs === 0) {
      this.#unpublished = undefined;
      return false;
    }
    const record: BreakerRecord = { state: change.state, openForMs, by: this.#me };
    const ttl = byHand.has(change.state) ? {} : { ttlMs: openForMs + keepMs };
    const expected = this.#version ?? 'absent';
    const result: WriteResult = await link.ask(() =>
      store.write(key, encodeBreaker(record), { expect: expected, ...ttl }),
    );
    const isNewest = this.#unpublished === change;
    if (result.written) {
      this.#version = result.version;
      this.#known = { record, openUntil: change.openUntil };
      if (isNewest) this.#unpublished = undefined;
      return !isNewest;
    }
    if (result.current === undefined) {
      // What was known is forgotten by now.
      this.#version = undefined;
      this.#known = undefined;
      return true;
    }
    this.#hear(result.current);
    return this.#unpublished !== undefined;
  }

  #hear({ value, version, ageMs }: StoredRecord): void {
    if (this.#isClosed || (this.#version !== undefined && version <= this.#version)) return;
    const record = decodeBreaker(value);
    this.#version = version;
    if (record === undefined) return;
    const now = this.#parts.runtime.clock.now();
    this.#known = { record, openUntil: now + record.openForMs - ageMs };
    // One of our own, whose answer was lost: it says nothing against what we have to tell since.
    if (record.by === this.#me) return;
    // What was done by hand here stands against what breakers found by themselves. Anything else was made without knowing
    // of this.
    if (byHand.has(this.#unpublished?.state ?? '') && !byHand.has(record.state)) return;
    this.#unpublished = undefined;
    this.#isHearing = true;
    this.#obey(record.state, this.#known.openUntil - now, now);
    this.#isHearing = false;
  }

  /** What was ended here by hand, and could not be told before something else came, is told now. */
  #recall(): void {
    const state = this.#known?.record.state ?? '';
    if (this.#isClosed || this.#unpublished !== undefined) return;
    if (!byHand.has(state) || this.#parts.machine.state === state) return;
    this.#unpublished = { state: 'closed', openUntil: 0 };
  }

  #obey(state: SharedBreakerState, leftMs: number, now: number): void {
    const { machine, trusts } = this.#parts;
    if (state === 'isolated') return machine.isolate(now);
    if (state === 'disabled') return machine.disable(now);
    if (state === 'observing') return machine.observe(now);
    // Ended by hand elsewhere.
    if (byHand.has(machine.state)) machine.reset(now);
    if (state === 'closed') {
      // Others found it well: the next call finds out whether it is so from here.
      if (machine.state === 'open') machine.openFor(0, now, 'another process closed');
    } else if (leftMs > 0) {
      if (trusts) machine.openFor(leftMs, now, 'another process opened');
      else if (machine.state !== 'open') machine.openFor(0, now, 'another process opened');
    }
  }
}
