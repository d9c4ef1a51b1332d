import { LatencyHistogram } from '../../journal/latency-histogram.ts';
import type { RequestSample } from '../../journal/record.ts';
import { showMs } from '../../probes/show.ts';
import type { LoadMeasure } from '../model.ts';
import { showCount, showShare } from './show.ts';

/** Parts of samples, added up. */
export interface LoadFigures {
  readonly due: number;
  readonly good: number;
  readonly bad: number;
  readonly reasons: ReadonlyMap<string, number>;
  readonly latencies: LatencyHistogram;
  /** The time that they cover, for rates. */
  readonly spanMs: number;
}

/** Adds up what belongs to one time, of all requests or of one name. */
export function addUp(parts: Iterable<RequestSample>, spanMs: number, request?: string): LoadFigures {
  const latencies = new LatencyHistogram();
  const reasons = new Map<string, number>();
  let [due, good, bad] = [0, 0, 0];
  for (const part of parts) {
    if (request !== undefined && part.request !== request) continue;
    due += part.due;
    good += part.good;
    bad += part.bad;
    latencies.add(part.latency, part.maxMs);
    for (const [reason, count] of Object.entries(part.reasons)) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + count);
    }
  }
  return { due, good, bad, reasons, latencies, spanMs };
}

/** A measure of the load; `undefined` when nothing was there to be measured. */
export function valueOf(measure: LoadMeasure, figures: LoadFigures): number | undefined {
  const { good, bad, latencies, spanMs } = figures;
  switch (measure) {
    case 'success-rate':
      return good + bad === 0 ? undefined : good / (good + bad);
    case 'goodput':
      return spanMs > 0 ? (good / spanMs) * 1_000 : undefined;
    case 'max-latency':
      return latencies.maxMs;
    default:
      return latencies.quantileMs(quantiles[measure]);
  }
}

/** The measure as people read it, with what it is made of. */
export function showMeasure(measure: LoadMeasure, figures: LoadFigures): string {
  const value = valueOf(measure, figures);
  if (value === undefined) return 'no request ended in this time';
  const { good, bad, latencies } = figures;
  if (measure === 'goodput') return `${trimmed(value)} good answers per second`;
  if (measure !== 'success-rate') return `${showMs(value)} over ${showCount(latencies.count)} requests`;
  const why = [...figures.reasons].sort((a, b) => b[1] - a[1]).slice(0, 3);
  const reasons = why.map(([reason, count]) => `${showCount(count)} ${reason}`).join(', ');
  const counts = `${showCount(good)} of ${showCount(good + bad)}`;
  return `${showShare(value)} (${counts}${reasons === '' ? '' : `; bad: ${reasons}`})`;
}

const quantiles = { p50: 0.5, p90: 0.9, p99: 0.99 } as const;

function trimmed(value: number): string {
  return String(Math.round(value * 10) / 10);
}
