/**
 * The heart: which servers there are, how they fare, and which one a call goes to. Synchronous, with time and chance
 * handed in; usable alone.
 */
import type { Note } from './tried.ts';
import type { EventDetails } from '../kernel/events.ts';
import type { Random } from '../kernel/random.ts';
import { type Choice, choiceOf, type Balance } from './choice.ts';
import { ejectedMax, ejectionMs, type EjectionRules, outlierBecause, timesEjected } from './ejection.ts';
import { type Endpoint, LiveEndpoint } from './endpoint.ts';
import { OutcomeWindow } from './outcome-window.ts';
import type { EndpointAddress } from './source.ts';
import { type Tier, Tiers } from './tiers.ts';

/** How a set behaves, checked and in milliseconds; `readEndpointsOptions` makes it. */
export interface EndpointSetRules {
  readonly balance: Balance;
  /** Absent: calls that fail eject nobody. */
  readonly ejection: EjectionRules | undefined;
  readonly health: { readonly healthyAfter: number; readonly unhealthyAfter: number };
  readonly panicBelow: number;
  readonly zone: string | undefined;
}

/** How a call to a server ended; `cancelled` says nothing of the server but that it took so long. */
export type EndpointOutcome = 'succeeded' | 'failed' | 'cancelled';

/** How many servers there are, and in what state. */
export interface EndpointCounts {
  readonly known: number;
  readonly available: number;
  readonly unhealthy: number;
  readonly ejected: number;
}

/** Something that happened in a set, as the event of that type says it. */
export type EndpointHappening = {
  [T in keyof EventDetails & `endpoints.${string}`]: { readonly type: T } & Readonly<EventDetails[T]>;
}[keyof EventDetails & `endpoints.${string}`];

/**
 * Servers and their state.
 *
 * @example
 * const set = new EndpointSet(readEndpointsOptions({ source: [] }).set, Math.random);
 * set.update([{ url: 'http://10.0.0.1' }, { url: 'http://10.0.0.2' }], now);
 * const endpoint = set.pick(now);            // counts as a call under way, until its outcome is recorded
 * if (endpoint !== undefined) set.record(endpoint, 'succeeded', 12, now + 12);
 */
export class EndpointSet {
  readonly #rules: EndpointSetRules;
  readonly #random: Random;
  readonly #choose: Choice;
  readonly #tell: (what: EndpointHappening) => void;
  readonly #byUrl = new Map<string, LiveEndpoint>();
  readonly #outcomes: OutcomeWindow;
  #tiers: Tiers;
  #ejected = 0;
  /** When the next ejection is over. */
  #returnAt = Infinity;

  /** @param tell - hears what happens, at once; must not call the set */
  constructor(rules: EndpointSetRules, random: Random, tell: (what: EndpointHappening) => void = () => {}) {
    this.#rules = rules;
    this.#random = random;
    this.#choose = choiceOf(rules.balance, random);
    this.#tell = tell;
    this.#outcomes = new OutcomeWindow(this.#windowMs);
    this.#tiers = new Tiers([], rules.zone, rules.panicBelow);
  }

  /** Every server that is known. */
  get endpoints(): readonly Endpoint[] {
    return [...this.#byUrl.values()];
  }

  /** Counted anew each time; for messages and views. */
  get counts(): EndpointCounts {
    const all = [...this.#byUrl.values()];
    return {
      known: all.length,
      available: all.filter(({ available }) => available).length,
      unhealthy: all.filter(({ health }) => health === 'unhealthy').length,
      ejected: this.#ejected,
    };
  }

  /** Whether servers are used that are not available, since too few are. */
  get panics(): boolean {
    return this.#tiers.panics;
  }

  /** The shares of the tiers, in the order of their use, from 0 to 1. */
  get shares(): readonly number[] {
    return this.#tiers.tiers.map(({ share }) => share);
  }

  /** Takes a new list over: servers that stay keep their state. */
  update(addresses: readonly EndpointAddress[], now: number): void {
    const urls = new Set(addresses.map(({ url }) => url));
    for (const endpoint of this.#byUrl.values()) if (!urls.has(endpoint.url)) this.#remove(endpoint, now);
    for (const address of addresses) {
      const endpoint = this.#byUrl.get(address.url);
      if (endpoint !== undefined) endpoint.address = address;
      else {
        this.#byUrl.set(address.url, new LiveEndpoint(address, this.#windowMs));
        this.#tell({ type: 'endpoints.added', endpoint: address.url, known: this.#byUrl.size });
      }
    }
    this.#returnSome(now);
    this.#arrange();
  }

  /**
   * A server for a call, which counts as under way until its outcome is recorded; `undefined` when there is none. One
   * that `tried` holds is taken only when there is no other to go to in any tier.
   */
  pick(now: number, tried?: Note): Endpoint | undefined {
    if (now >= this.#returnAt) this.#returnDue(now);
    const tier = this.#tiers.draw(this.#random);
    if (tier === undefined) return undefined;
    const endpoint = this.#choose(tier.group, now, tried) ?? this.#chooseElsewhere(tier, now, tried);
    if (endpoint !== undefined) endpoint.inFlight++;
    return endpoint;
  }

  /** Says how a call to a picked server ended, and after how many milliseconds. Once for each pick. */
  record(picked: Endpoint, outcome: EndpointOutcome, latencyMs: number, now: number): void {
    const endpoint = picked as LiveEndpoint;
    endpoint.inFlight--;
    if (outcome === 'cancelled') return endpoint.expected.gaveUp(latencyMs, now);
    const failed = outcome === 'failed';
    if (failed) endpoint.expected.failed(latencyMs, now);
    else endpoint.expected.succeeded(latencyMs, now);
    // Calls that were under way when it was ejected are not held against it when it is back.
    if (!endpoint.known || endpoint.ejected) return;
    endpoint.outcomes.add(failed, now);
    this.#outcomes.add(failed, now);
    endpoint.consecutiveFailures = failed ? endpoint.consecutiveFailures + 1 : 0;
    if (failed) this.#ejectOutlier(endpoint, now);
  }

  /** Says what a health check found. The first one decides alone. */
  checked(picked: Endpoint, healthy: boolean, error?: unknown): void {
    const endpoint = picked as LiveEndpoint;
    const found = healthy ? 'healthy' : 'unhealthy';
    if (endpoint.health === found) {
      endpoint.checksAgainst = 0;
      return;
    }
    endpoint.checksAgainst++;
    const { healthyAfter, unhealthyAfter } = this.#rules.health;
    const enough = healthy ? healthyAfter : unhealthyAfter;
    if (endpoint.health !== 'unknown' && endpoint.checksAgainst < enough) return;
    const was = endpoint.health;
    endpoint.health = found;
    endpoint.checksAgainst = 0;
    if (!endpoint.known) return;
    // That a server is as well as it was believed to be is no news.
    if (was !== 'unknown' || !healthy) {
      const why = error === undefined ? {} : { error };
      this.#tell({ type: 'endpoints.health-changed', endpoint: endpoint.url, to: found, ...why });
    }
    this.#arrange();
  }

  get #windowMs(): number {
    return this.#rules.ejection?.windowMs ?? 10_000;
  }

  #remove(endpoint: LiveEndpoint, now: number): void {
    endpoint.known = false;
    if (endpoint.ejected) this.#ejected--;
    endpoint.ejected = false;
    this.#outcomes.moveOut(endpoint.outcomes, now);
    this.#byUrl.delete(endpoint.url);
    this.#tell({ type: 'endpoints.removed', endpoint: endpoint.url, known: this.#byUrl.size });
  }

  /** All of the tier are tried: one of another tier, or any of this one once more. */
  #chooseElsewhere(tier: Tier, now: number, tried: Note | undefined): LiveEndpoint | undefined {
    for (const { group } of this.#tiers.tiers) {
      const endpoint = this.#choose(group, now, tried);
      if (endpoint !== undefined) return endpoint;
    }
    return this.#choose(tier.group, now, undefined);
  }

  #ejectOutlier(endpoint: LiveEndpoint, now: number): void {
    const rules = this.#rules.ejection;
    if (rules === undefined) return;
    const because = outlierBecause(endpoint, this.#outcomes, rules);
    if (because === undefined) return;
    if (now >= this.#returnAt) this.#returnDue(now);
    if (this.#ejected >= ejectedMax(this.#byUrl.size, rules)) return;
    // Where checks have taken out all others, the last one stays.
    if (endpoint.available && this.#tiers.available <= 1) return;
    const times = timesEjected(endpoint, now, rules);
    const forMs = ejectionMs(times, rules);
    endpoint.ejected = true;
    endpoint.ejections = times;
    endpoint.ejectedUntil = now + forMs;
    // It begins anew when it is back; what it did before is not held against it, nor for the others.
    endpoint.consecutiveFailures = 0;
    this.#outcomes.moveOut(endpoint.outcomes, now);
    this.#ejected++;
    this.#returnAt = Math.min(this.#returnAt, endpoint.ejectedUntil);
    this.#tell({ type: 'endpoints.ejected', endpoint: endpoint.url, forMs, because, times });
    this.#arrange();
  }

  #returnDue(now: number): void {
    this.#returnSome(now);
    this.#arrange();
  }

  /** Lets those come back whose time is over; and more, should the set have become so small that too many are ejected. */
  #returnSome(now: number): void {
    const rules = this.#rules.ejection;
    this.#returnAt = Infinity;
    if (rules === undefined || this.#ejected === 0) return;
    const ejected = [...this.#byUrl.values()]
      .filter((endpoint) => endpoint.ejected)
      .toSorted((one, other) => one.ejectedUntil - other.ejectedUntil);
    const most = ejectedMax(this.#byUrl.size, rules);
    for (const endpoint of ejected) {
      if (endpoint.ejectedUntil > now && this.#ejected <= most) break;
      endpoint.ejected = false;
      endpoint.ejectedUntil = Math.min(endpoint.ejectedUntil, now);
      this.#ejected--;
      this.#tell({ type: 'endpoints.returned', endpoint: endpoint.url });
    }
    this.#returnAt = ejected.find((endpoint) => endpoint.ejected)?.ejectedUntil ?? Infinity;
  }

  /** Forms the tiers anew; needed whenever a server came, went, or became available or not. */
  #arrange(): void {
    const { zone, panicBelow } = this.#rules;
    const panicked = this.#tiers.panics;
    this.#tiers = new Tiers(this.#byUrl.values(), zone, panicBelow);
    if (this.#tiers.panics === panicked) return;
    const known = this.#byUrl.size;
    const { available } = this.#tiers;
    const type = panicked ? 'endpoints.panic-ended' : 'endpoints.panic-began';
    this.#tell({ type, known, available });
  }
}
