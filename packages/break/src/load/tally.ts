import { LatencyHistogram } from '../journal/latency-histogram.ts';
import type { LoadPeriod, LoadSample, RequestSample } from '../journal/record.ts';

/** What became of one request. */
export type Result =
  | { readonly kind: 'good' | 'timed-out'; readonly latencyMs: number }
  | { readonly kind: 'bad'; readonly reason: string };

/** Everything that a load did, from its beginning to its end. */
export interface LoadTotals {
  readonly due: number;
  readonly good: number;
  /** Every request that is neither good nor abandoned, those that timed out included. */
  readonly bad: number;
  readonly timedOut: number;
  /** Still in flight when the load was stopped at once; neither good nor bad. */
  readonly abandoned: number;
  /** The worst lateness of the generator itself, in milliseconds. */
  readonly generatorLagMsMax: number;
}

/** The most reasons that one part of a sample names; the rest are `other`. */
const reasonsMax = 20;
/** The reason of a request that was given up at its time limit. */
const timedOutReason = 'time-out';

/** Counts a load: per sample by request and period, and in all. */
export class Tally {
  #parts = new Map<string, Part>();
  #totals = { due: 0, good: 0, bad: 0, timedOut: 0, abandoned: 0, generatorLagMsMax: 0 };
  #lagMs = 0;

  get totals(): LoadTotals {
    return { ...this.#totals };
  }

  /** A request fell due. */
  due(request: string, period: LoadPeriod): void {
    this.#part(request, period).due++;
    this.#totals.due++;
  }

  /** The generator was this late. */
  lag(lateMs: number): void {
    this.#lagMs = Math.max(this.#lagMs, toMicroseconds(lateMs));
    this.#totals.generatorLagMsMax = Math.max(this.#totals.generatorLagMsMax, this.#lagMs);
  }

  /** A request ended. */
  ended(request: string, period: LoadPeriod, result: Result): void {
    const part = this.#part(request, period);
    const timedOut = result.kind === 'timed-out';
    if (result.kind === 'good') {
      part.good++;
      this.#totals.good++;
    } else {
      part.bad++;
      this.#totals.bad++;
      part.because(result.kind === 'bad' ? result.reason : timedOutReason);
    }
    if (timedOut) {
      part.timedOut++;
      this.#totals.timedOut++;
    }
    if (result.kind !== 'bad') part.latencies.record(toMicroseconds(result.latencyMs));
  }

  /** A request was given up because the load was stopped. */
  abandoned(): void {
    this.#totals.abandoned++;
  }

  /** What was counted since the last sample. */
  sample(intervalMs: number, inFlight: number): LoadSample {
    const requests = [...this.#parts.values()].map((part) => part.sample());
    const all = new LatencyHistogram();
    for (const part of requests) all.add(part.latency, part.maxMs);
    const sum = (count: (part: RequestSample) => number) => requests.reduce((n, part) => n + count(part), 0);
    const sample: LoadSample = {
      intervalMs: toMicroseconds(intervalMs),
      due: sum((part) => part.due),
      good: sum((part) => part.good),
      bad: sum((part) => part.bad),
      timedOut: sum((part) => part.timedOut),
      inFlight,
      p50Ms: all.quantileMs(0.5),
      p90Ms: all.quantileMs(0.9),
      p99Ms: all.quantileMs(0.99),
      maxMs: all.maxMs,
      generatorLagMs: this.#lagMs,
      requests,
    };
    this.#parts = new Map();
    this.#lagMs = 0;
    return sample;
  }

  #part(request: string, period: LoadPeriod): Part {
    const key = `${period} ${request}`;
    let part = this.#parts.get(key);
    if (part === undefined) this.#parts.set(key, (part = new Part(request, period)));
    return part;
  }
}

class Part {
  readonly request: string;
  readonly period: LoadPeriod;
  due = 0;
  good = 0;
  bad = 0;
  timedOut = 0;
  readonly latencies = new LatencyHistogram();
  readonly #reasons = new Map<string, number>();

  constructor(request: string, period: LoadPeriod) {
    this.request = request;
    this.period = period;
  }

  because(reason: string): void {
    const known = this.#reasons.has(reason) || this.#reasons.size < reasonsMax ? reason : 'other';
    this.#reasons.set(known, (this.#reasons.get(known) ?? 0) + 1);
  }

  sample(): RequestSample {
    return {
      request: this.request,
      period: this.period,
      due: this.due,
      good: this.good,
      bad: this.bad,
      timedOut: this.timedOut,
      reasons: Object.fromEntries(this.#reasons),
      latency: this.latencies.buckets(),
      maxMs: this.latencies.maxMs,
    };
  }
}

/** What a clock says beyond a microsecond is noise, and makes the journal long. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
