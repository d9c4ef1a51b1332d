/**
 * The load's samples laid on an even grid. A sample that lies across an edge is shared out by time, so that the sums over
 * all bins are the sums over all samples.
 */

import { LatencyHistogram } from '@seaworthy/break/journal';
import type { Span, TimedSample } from './run.ts';

/** What the load did in one stretch of time; counts may be fractions where a sample was shared out. */
export interface LoadBin extends Span {
  readonly due: number;
  readonly good: number;
  /** Every other one, those that timed out included. */
  readonly bad: number;
  readonly timedOut: number;
  /** Over all samples that reach into the bin by a quarter; what failed at once has no latency. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly maxMs: number | undefined;
  /** How late the generator itself was at worst. */
  readonly generatorLagMs: number;
}

/** So many bins at most; a wider grid is taken for a longer time. */
export const binsMax = 2_000;

interface BinDraft extends Span {
  due: number;
  good: number;
  bad: number;
  timedOut: number;
  latency: LatencyHistogram;
  maxMs: number | undefined;
  generatorLagMs: number;
}

/** A sample that reaches into a bin by less than this part, of itself or of the bin, lends it no latencies. */
const latencyPart = 0.25;

/**
 * Lays samples on a grid over `span`.
 *
 * @param binMs - the width of a bin; wider where the span would need more than {@link binsMax} of them
 * @returns one bin after the other from `span.from` on, the last one cut at `span.to`
 */
export function binLoad(samples: readonly TimedSample[], span: Span, binMs: number): LoadBin[] {
  const widthMs = Math.max(binMs, (span.to - span.from) / binsMax);
  const count = Math.ceil((span.to - span.from) / widthMs);
  const bins = Array.from({ length: count }, (_, index) =>
    emptyBin(span.from + index * widthMs, Math.min(span.to, span.from + (index + 1) * widthMs)),
  );
  for (const timed of samples) share(timed, bins, span, widthMs);
  return bins.map(finished);
}

/** All samples as one bin; undefined where there is none. */
export function totalLoad(samples: readonly TimedSample[]): LoadBin | undefined {
  const first = samples[0];
  if (first === undefined) return undefined;
  const from = samples.reduce((least, timed) => Math.min(least, timed.from), first.from);
  const to = samples.reduce((most, timed) => Math.max(most, timed.to), first.to);
  const bin = emptyBin(from, to);
  for (const timed of samples) add(bin, timed, 1, true);
  return finished(bin);
}

/** How long a stretch of time is, milliseconds. */
export function lengthOf(span: Span): number {
  return span.to - span.from;
}

/** The parts of `spans` without overlaps, in order. */
export function union(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((one, other) => one.from - other.from)) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to) {
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    } else merged.push({ from: span.from, to: span.to });
  }
  return merged;
}

function share(timed: TimedSample, bins: readonly BinDraft[], span: Span, widthMs: number): void {
  const length = lengthOf(timed);
  if (length <= 0) {
    // A sample of no length belongs to the bin in which it stands; the span's end belongs to the last one.
    if (timed.to < span.from || timed.to > span.to) return;
    const bin = bins[Math.min(bins.length - 1, Math.floor((timed.to - span.from) / widthMs))];
    if (bin !== undefined) add(bin, timed, 1, true);
    return;
  }
  // One bin more on either side, since a division may round across an edge.
  const first = Math.max(0, Math.floor((timed.from - span.from) / widthMs) - 1);
  const last = Math.min(bins.length - 1, Math.floor((timed.to - span.from) / widthMs) + 1);
  for (let index = first; index <= last; index += 1) {
    const bin = bins[index];
    if (bin === undefined) continue;
    const overlap = Math.min(bin.to, timed.to) - Math.max(bin.from, timed.from);
    if (overlap <= 0) continue;
    const lends = overlap >= latencyPart * Math.min(length, lengthOf(bin));
    add(bin, timed, overlap / length, lends);
  }
}

function add(bin: BinDraft, { sample }: TimedSample, part: number, lendsLatencies: boolean): void {
  bin.due += sample.due * part;
  bin.good += sample.good * part;
  bin.bad += sample.bad * part;
  bin.timedOut += sample.timedOut * part;
  bin.generatorLagMs = Math.max(bin.generatorLagMs, sample.generatorLagMs);
  if (!lendsLatencies) return;
  bin.maxMs = greater(bin.maxMs, sample.maxMs);
  for (const { latency, maxMs } of sample.requests) bin.latency.add(latency, maxMs);
}

function finished({ latency, ...bin }: BinDraft): LoadBin {
  return { ...bin, p50Ms: latency.quantileMs(0.5), p99Ms: latency.quantileMs(0.99) };
}

function emptyBin(from: number, to: number): BinDraft {
  return {
    from,
    to,
    due: 0,
    good: 0,
    bad: 0,
    timedOut: 0,
    latency: new LatencyHistogram(),
    maxMs: undefined,
    generatorLagMs: 0,
  };
}

function greater(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.max(one, other);
}
