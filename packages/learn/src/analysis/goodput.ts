/**
 * Goodput against what was wanted of it: the common ground of robustness, rebound and impact. Wanted is the level before
 * the fault, or what was asked for where that is less, so that neither the random gaps between arrivals nor the requests
 * that are always under way count as loss.
 */

import { binLoad, lengthOf, type LoadBin, union } from './load-bins.ts';
import { type ExperimentTrace, type Span, within } from './run.ts';

/** The steady level before the first fault. */
export interface BeforeLevel {
  readonly duePerSecond: number;
  readonly goodPerSecond: number;
  /** Good answers among the requests that were due, 0 to 1. */
  readonly share: number;
  /** By how many requests the number under way may change within a second by chance alone. */
  readonly inFlightNoise: number;
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
    inFlightNoise: inFlightNoise(trace, { from, to }),
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

/**
 * How much of the wanted goodput was served in a bin: `wanted = min(level before, demand)`. Demand is what ended in the
 * bin as long as it differs from what was due by no more than chance would have it; else it is what was due, since then
 * requests pile up or come late.
 */
export function servedIn(
  bin: Pick<LoadBin, 'from' | 'to' | 'due' | 'good' | 'bad'>,
  level: BeforeLevel,
): Served {
  const ended = bin.good + bin.bad;
  const demand = Math.abs(bin.due - ended) <= level.inFlightNoise ? ended : bin.due;
  const wanted = Math.min(demand, (level.goodPerSecond * lengthOf(bin)) / 1000);
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

/**
 * Four standard deviations of the difference between two moments' numbers of requests under way. That number is about
 * Poisson distributed for random arrivals, with its mean as its variance.
 */
function inFlightNoise(trace: ExperimentTrace, span: Span): number {
  const counts = trace.samples.filter((timed) => within(timed.to, span)).map(({ sample }) => sample.inFlight);
  const mean = counts.reduce((sum, count) => sum + count, 0) / Math.max(1, counts.length);
  return 4 * Math.sqrt(2 * mean + 1);
}
