/** The load by the name of its requests and by what the experiment was doing when they were due. */

import { LatencyHistogram, type LoadPeriod } from '@seaworthy/break/journal';
import type { TimedSample } from './run.ts';

/** What became of the requests of one name that were due in one period. */
export interface RequestFigures {
  readonly request: string;
  readonly period: LoadPeriod;
  readonly due: number;
  readonly good: number;
  /** Every other one, those that timed out included. */
  readonly bad: number;
  readonly timedOut: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** Why they were bad, the most frequent reason first. */
  readonly reasons: readonly { readonly reason: string; readonly count: number }[];
}

interface Sum {
  readonly request: string;
  readonly period: LoadPeriod;
  due: number;
  good: number;
  bad: number;
  timedOut: number;
  readonly latency: LatencyHistogram;
  readonly reasons: Map<string, number>;
}

const periods: readonly LoadPeriod[] = ['before', 'fault', 'between', 'after'];

/** Sums all samples by request and period: requests in the order in which they first came, periods in theirs. */
export function requestFigures(samples: readonly TimedSample[]): RequestFigures[] {
  const names = new Map<string, Map<LoadPeriod, Sum>>();
  for (const { sample } of samples) {
    for (const part of sample.requests) {
      const byPeriod = names.get(part.request) ?? new Map<LoadPeriod, Sum>();
      names.set(part.request, byPeriod);
      const sum = byPeriod.get(part.period) ?? emptySum(part.request, part.period);
      byPeriod.set(part.period, sum);
      sum.due += part.due;
      sum.good += part.good;
      sum.bad += part.bad;
      sum.timedOut += part.timedOut;
      sum.latency.add(part.latency, part.maxMs);
      for (const [reason, count] of Object.entries(part.reasons)) {
        sum.reasons.set(reason, (sum.reasons.get(reason) ?? 0) + count);
      }
    }
  }
  return [...names.values()].flatMap((byPeriod) =>
    periods.flatMap((period) => {
      const sum = byPeriod.get(period);
      return sum === undefined ? [] : [figuresOf(sum)];
    }),
  );
}

function figuresOf({ latency, reasons, ...sum }: Sum): RequestFigures {
  return {
    ...sum,
    p50Ms: latency.quantileMs(0.5),
    p99Ms: latency.quantileMs(0.99),
    reasons: [...reasons]
      .map(([reason, count]) => ({ reason, count }))
      .sort((one, other) => other.count - one.count),
  };
}

function emptySum(request: string, period: LoadPeriod): Sum {
  return {
    request,
    period,
    due: 0,
    good: 0,
    bad: 0,
    timedOut: 0,
    latency: new LatencyHistogram(),
    reasons: new Map(),
  };
}
