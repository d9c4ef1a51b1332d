import type { Clock, Timers } from '@seaworthy/protect';
import type { ServiceHandle } from '../faults/fault.ts';
import type { Variables } from '../variables.ts';

/** What a probe found, as people read it. */
export interface ProbeResult {
  readonly held: boolean;
  /** What was seen, with its unit, whether it held or not: `status 200 in 12 ms`. */
  readonly seen: string;
  readonly durationMs: number;
}

/** What a probe may look at. */
export interface ProbeHost {
  readonly variables: Variables;
  service(name: string): Pick<ServiceHandle, 'pid'>;
  readonly clock: Clock;
  readonly timers: Timers;
}

/** How a probe is asked. */
export interface AskOptions {
  /** How many requests a probe with a limit on p99 makes; 100 by default. */
  readonly requests?: number;
  /** Spreads them over so many milliseconds, so that the probe is no load of its own; as fast as it goes by default. */
  readonly overMs?: number;
  /** Ends the asking early; the probe then has not held. */
  readonly signal?: AbortSignal;
}

/** What each kind of probe finds. */
export type Finding = Omit<ProbeResult, 'durationMs'>;
