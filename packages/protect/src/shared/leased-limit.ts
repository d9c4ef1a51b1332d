/**
 * A process takes permits from the store in advance, as many as its own calls will soon need, and decides by itself. A
 * permit is used within the lease that it was taken for, or never: in any time W no more calls pass, in all processes
 * together, than the limit allows in W and one lease.
 */
import { BoundedMap } from '../kernel/bounded-map.ts';
import { type Call, type Entry, Refusal } from '../kernel/layer.ts';
import type { Runtime } from '../kernel/runtime.ts';
import { background, type Timer } from '../kernel/timers.ts';
import type { RateLimitedError } from '../policies/rate-limit/errors.ts';
import { Demand } from './demand.ts';
import type { LimitAsk, LimitAsks } from './limit-asks.ts';
import type { LimitFace } from './limit-face.ts';
import type { LimitRule } from './limit-store.ts';
import { Turn, turnsMax } from './turn.ts';

/** What the permits of all keys have in common. */
export interface LeaseSetup {
  readonly asks: LimitAsks;
  readonly face: LimitFace;
  readonly rule: LimitRule;
  readonly runtime: Runtime;
  readonly leaseMs: number;
}

/** Fewer calls than this in half a lease are not foreseen: what they would not use after all would be lost to others. */
const foreseenLeast = 4;
/** The longest time for which the word of the store that there is nothing is believed. */
const restMsMax = 1_000;

export class LeasedLimit {
  readonly #setup: LeaseSetup;
  readonly #keys: BoundedMap<string, KeyLease>;

  constructor(setup: LeaseSetup, maxKeys: number) {
    this.#setup = setup;
    this.#keys = new BoundedMap(maxKeys, (_key, lease) => lease.close());
  }

  /** Whether `call` with `key` may pass. */
  decide(key: string, call: Pick<Call, 'now'>): Entry {
    const now = call.now();
    let lease = this.#keys.get(key);
    if (lease === undefined) {
      lease = new KeyLease(key, this.#setup, now);
      this.#keys.set(key, lease);
    }
    return lease.decide(now);
  }

  close(): void {
    for (const [, lease] of this.#keys.entries()) lease.close();
  }
}

/** The permits that this process holds of one key. */
class KeyLease implements LimitAsk {
  readonly key: string;
  readonly #setup: LeaseSetup;
  readonly #demand: Demand;
  /** Oldest first. */
  readonly #lots: Lot[] = [];
  #waiting: Turn[] = [];
  #asking = false;
  #sentAt = 0;
  /** The store had fewer than were wanted: calls are refused here until it was asked again. */
  #usedUp: { readonly retryAt: number } | undefined = undefined;
  #timer: Timer | undefined = undefined;
  permits = 0;

  constructor(key: string, setup: LeaseSetup, now: number) {
    this.key = key;
    this.#setup = setup;
    this.#demand = new Demand(setup.leaseMs / 2, now);
  }

  decide(now: number): Entry {
    this.#demand.add();
    const { asks, face } = this.#setup;
    if (this.#use(now)) {
      if (this.#isLow && asks.isOpen(now)) this.#ask(now);
      return undefined;
    }
    if (!asks.isOpen(now)) return face.withoutStore(this.key, now);
    if (this.#usedUp !== undefined) return new Refusal(this.#refusal(now));
    if (this.#waiting.length >= turnsMax) return face.withoutStore(this.key, now);
    const turn = new Turn();
    this.#waiting.push(turn);
    this.#ask(now);
    return turn;
  }

  sent(now: number): void {
    this.#sentAt = now;
  }

  granted(permits: number, retryAfterMs: number): void {
    const now = this.#setup.runtime.clock.now();
    const isShort = permits < this.permits;
    this.#asking = false;
    // From before the store took them: we stop using them before the lease is over by its clock.
    if (permits > 0) this.#lots.push({ permits, expiresAt: this.#sentAt + this.#setup.leaseMs });
    const rest = this.#letOn(now);
    if (isShort) {
      this.#rest(now, retryAfterMs);
      for (const turn of rest) turn.end(this.#refusal(now));
    } else {
      this.#usedUp = undefined;
      this.#waiting = rest;
      if (rest.length > 0) this.#ask(now);
    }
  }

  failed(): void {
    this.#asking = false;
    this.#usedUp = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const turn of waiting) if (!turn.left) turn.end(this.#setup.face.errorWithoutStore(this.key));
  }

  close(): void {
    this.#timer?.cancel();
  }

  /** Calls that are foreseen in half a lease. */
  get #foreseen(): number {
    const calls = Math.floor((this.#demand.callsPerMs * this.#setup.leaseMs) / 2);
    return calls < foreseenLeast ? 0 : calls;
  }

  get #held(): number {
    let held = 0;
    for (const { permits } of this.#lots) held += permits;
    return held;
  }

  get #isLow(): boolean {
    if (this.#asking || this.#usedUp !== undefined) return false;
    const foreseen = this.#foreseen;
    return foreseen > 0 && this.#held <= foreseen / 2;
  }

  /** Uses one permit, the oldest; false when none is left. */
  #use(now: number): boolean {
    for (let lot = this.#lots[0]; lot !== undefined; lot = this.#lots[0]) {
      if (now < lot.expiresAt && lot.permits > 0) {
        lot.permits--;
        return true;
      }
      this.#lots.shift();
    }
    return false;
  }

  #ask(now: number): void {
    if (this.#asking) return;
    const { asks, rule } = this.#setup;
    this.#demand.read(now);
    const wanted = Math.max(1, this.#waiting.length + this.#foreseen - this.#held);
    this.permits = Math.min(wanted, Math.floor(rule.toleranceMs / rule.emissionMs + 1e-6));
    this.#asking = true;
    asks.add(this);
  }

  /** Lets those who wait go on while there are permits; returns the rest of them. */
  #letOn(now: number): Turn[] {
    const waiting = this.#waiting.filter(({ left }) => !left);
    this.#waiting = [];
    let on = 0;
    while (on < waiting.length && this.#use(now)) waiting[on++]!.end();
    return waiting.slice(on);
  }

  #refusal(now: number): RateLimitedError {
    return this.#setup.face.refusal(Math.max(1, (this.#usedUp?.retryAt ?? now) - now));
  }

  /** Asks no more for a while; then again, if calls still come. */
  #rest(now: number, retryAfterMs: number): void {
    const { asks, leaseMs, rule, runtime } = this.#setup;
    // By then the store has earned half of what is wanted: often enough for none to be lost there for want of room.
    const earnedMs = Math.min(leaseMs / 4, (rule.emissionMs * this.permits) / 2);
    const pauseMs = Math.max(1, earnedMs, Math.min(retryAfterMs, restMsMax));
    this.#usedUp = { retryAt: now + Math.max(pauseMs, retryAfterMs) };
    this.#timer?.cancel();
    this.#timer = runtime.timers.set(
      () => {
        const later = runtime.clock.now();
        if (this.#demand.unread > 0 && asks.isOpen(later)) this.#ask(later);
        else this.#usedUp = undefined;
      },
      pauseMs,
      background,
    );
  }
}

interface Lot {
  permits: number;
  readonly expiresAt: number;
}
