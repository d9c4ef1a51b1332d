import { ExpectedTime } from './expected-time.ts';
import { OutcomeWindow } from './outcome-window.ts';
import type { EndpointAddress } from './source.ts';

/** What health checks found; `unknown` before the first one, and where there are none. */
export type EndpointHealth = 'unknown' | 'healthy' | 'unhealthy';

/** A server, and what is known of it. */
export interface Endpoint {
  readonly url: string;
  readonly host: string | undefined;
  readonly zone: string | undefined;
  readonly priority: number;
  readonly weight: number;
  /** Calls under way. */
  readonly inFlight: number;
  /** What a call takes, on average, in milliseconds; 0 when nothing is known. */
  readonly latencyMs: number;
  readonly health: EndpointHealth;
  /** Whether it gets no calls for a time, because calls to it failed. */
  readonly ejected: boolean;
  /** Whether it gets calls: neither unhealthy nor ejected. */
  readonly available: boolean;
}

/** An endpoint as the set keeps it. */
export class LiveEndpoint implements Endpoint {
  readonly url: string;
  address: EndpointAddress;
  /** Whether the source still names it; one that it no longer names lives on until its calls have ended. */
  known = true;
  inFlight = 0;
  readonly expected: ExpectedTime = new ExpectedTime();

  health: EndpointHealth = 'unknown';
  /** How many checks in a row had another outcome than `health`. */
  checksAgainst = 0;

  ejected = false;
  ejectedUntil = 0;
  /** How often in a row it was ejected; falls again while it fares well. */
  ejections = 0;
  consecutiveFailures = 0;
  readonly outcomes: OutcomeWindow;

  constructor(address: EndpointAddress, windowMs: number) {
    this.url = address.url;
    this.address = address;
    this.outcomes = new OutcomeWindow(windowMs);
  }

  get host(): string | undefined {
    return this.address.host;
  }

  get zone(): string | undefined {
    return this.address.zone;
  }

  get priority(): number {
    return this.address.priority ?? 0;
  }

  get weight(): number {
    return this.address.weight ?? 1;
  }

  get latencyMs(): number {
    return this.expected.latencyMs;
  }

  get available(): boolean {
    return !this.ejected && this.health !== 'unhealthy';
  }

  /** The higher, the worse the choice. */
  load(now: number): number {
    return this.expected.load(this.inFlight, now) / this.weight;
  }
}
