/**
 * Goodput against what was wanted of it: the common ground of robustness, rebound and impact. Wanted is the level before
 * the fault, or what was asked for where that is less, so that the random gaps between arrivals count as no loss.
 */

import { binLoad, lengthOf, type LoadBin, union } from './load-bins.ts';
import type { ExperimentTrace, Span } from './run.ts';

/** The steady level before the first fault. */
export interface BeforeLevel {
  readonly duePerSecond: number;
  readonly goodPerSecond: number;
  /** Good answers among the requests that were due, 0 to 1. */
  readonly share: number;
  readonly measuredMs: number;
}

/** Requests, as counts. */
export interface Served {
  /** What the level before the fault, or the demand where it was less, would have given. */
  readonly wanted: number;
  /** What was answered well of it. */
  readonly served: number;
}

/** Less than this says nothing of a level. */
const leastMeasuredMs = 500;

/** The level before the first fault; undefined where there was no load, or too little time to measure it. */
export function beforeLevel(trace: ExperimentTrace): BeforeLevel | undefined {
  const firstFault = Math.min(...trace.faults.map((fault) => fault.from));
  const phase = trace.phases.find((span) => span.phase === 'before');
  const first = trace.samples[0];
  if (first === undefined) return undefined;
  const from = Math.max(first.from, phase?.from ?? trace.from);
  const to = Math.min(phase?.to ?? firstFault, firstFault);
  if (!Number.isFinite(to) || to - from < leastMeasuredMs) return undefined;
  const [bin] = binLoad(trace.samples, { from, to }, to - from);
  if (bin === undefined || bin.due <= 0 || bin.good <= 0) return undefined;
  const seconds = (to - from) / 1000;
  return {
    duePerSecond: bin.due / seconds,
    goodPerSecond: bin.good / seconds,
    share: Math.min(1, bin.good / bin.due),
    measuredMs: to - from,
  };
}

/** The time in which at least one fault was on. */
export function faultTime(trace: ExperimentTrace): Span[] {
  return union(trace.faults.filter((fault) => fault.injected && lengthOf(fault) > 0));
}

/** When the last fault ended; undefined where none was injected. */
export function lastFaultEnd(trace: ExperimentTrace): number | undefined {
  return faultTime(trace).at(-1)?.to;
}

/** How much of a second's worth of wanted goodput was served in a bin. */
export function servedIn(bin: LoadBin, level: BeforeLevel): Served {
  const wanted = Math.min(bin.due, (level.goodPerSecond * lengthOf(bin)) / 1000);
  return { wanted, served: Math.min(bin.good, wanted) };
}

/**
 * Sums what was wanted and served over some stretches of time, second by second: what comes in excess in one second
 * makes up for no other.
 */
export function servedOver(trace: ExperimentTrace, level: BeforeLevel, spans: readonly Span[]): Served {
  let wanted = 0;
  let served = 0;
  for (const span of spans) {
    for (const bin of binLoad(trace.samples, span, 1000)) {
      const part = servedIn(bin, level);
      wanted += part.wanted;
      served += part.served;
    }
  }
  return { wanted, served };
}
