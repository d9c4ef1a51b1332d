/** An open-model load on a made-up system: random arrivals, answers that come later, samples as the journal has them. */

import {
  LatencyHistogram,
  type LoadPeriod,
  type LoadSample,
  type RequestSample,
} from '@seaworthy/break/journal';

/** What becomes of one request. */
export interface ModelResult {
  readonly kind: 'good' | 'bad' | 'timed-out';
  readonly latencyMs: number;
  readonly reason?: string;
}

/** The system at one moment; `sinceMs` counts from the fault's beginning. */
export type ModelSystem = (random: () => number, sinceMs: number) => ModelResult;

/** What the load did. */
export interface ModelLoad {
  readonly samples: readonly { readonly at: number; readonly sample: LoadSample }[];
}

const intervalMs = 250;

/** Sends the load and takes its samples; times are Unix milliseconds. */
export function createModelLoad(options: {
  readonly random: () => number;
  readonly from: number;
  readonly to: number;
  readonly faultAt: number;
  readonly endAt: number;
  readonly rate: (at: number) => number;
  readonly system: (at: number) => ModelSystem;
}): ModelLoad {
  const { random, from, to } = options;
  const slots = Array.from({ length: Math.ceil((to - from) / intervalMs) }, () => new Map<string, Part>());
  const slotAt = (at: number) => slots[Math.floor((at - from) / intervalMs)];
  for (let at = from; at < to; at -= Math.log(1 - random()) * (1000 / options.rate(at))) {
    const request = random() < 0.8 ? 'browse' : 'buy';
    const period = periodAt(at, options.faultAt, options.endAt);
    partOf(slotAt(at), request, period).due += 1;
    const result = options.system(at)(random, at - options.faultAt);
    const slot = slotAt(at + result.latencyMs);
    if (slot !== undefined) end(partOf(slot, request, period), result);
  }
  let inFlight = 0;
  return {
    samples: slots.map((slot, index) => {
      const sample = sampleOf([...slot.values()], random);
      inFlight += sample.due - sample.good - sample.bad;
      return { at: from + (index + 1) * intervalMs, sample: { ...sample, inFlight } };
    }),
  };
}

interface Part {
  readonly request: string;
  readonly period: LoadPeriod;
  due: number;
  good: number;
  bad: number;
  timedOut: number;
  readonly reasons: Record<string, number>;
  readonly latency: LatencyHistogram;
}

function partOf(slot: Map<string, Part> | undefined, request: string, period: LoadPeriod): Part {
  const key = `${request} ${period}`;
  const part = slot?.get(key) ?? {
    request,
    period,
    due: 0,
    good: 0,
    bad: 0,
    timedOut: 0,
    reasons: {},
    latency: new LatencyHistogram(),
  };
  slot?.set(key, part);
  return part;
}

function end(part: Part, { kind, latencyMs, reason = 'time-out' }: ModelResult): void {
  if (kind === 'good') part.good += 1;
  else {
    part.bad += 1;
    part.reasons[reason] = (part.reasons[reason] ?? 0) + 1;
  }
  if (kind === 'timed-out') part.timedOut += 1;
  if (kind !== 'bad') part.latency.record(latencyMs);
}

function sampleOf(parts: readonly Part[], random: () => number): LoadSample {
  const all = new LatencyHistogram();
  for (const part of parts) all.add(part.latency.buckets(), part.latency.maxMs);
  const sum = (key: 'due' | 'good' | 'bad' | 'timedOut') =>
    parts.reduce((total, part) => total + part[key], 0);
  return {
    intervalMs,
    due: sum('due'),
    good: sum('good'),
    bad: sum('bad'),
    timedOut: sum('timedOut'),
    inFlight: 0,
    p50Ms: all.quantileMs(0.5),
    p90Ms: all.quantileMs(0.9),
    p99Ms: all.quantileMs(0.99),
    maxMs: all.maxMs,
    generatorLagMs: random() * 4,
    requests: parts.map(requestSample),
  };
}

function requestSample({ latency, ...part }: Part): RequestSample {
  return { ...part, latency: latency.buckets(), maxMs: latency.maxMs };
}

function periodAt(at: number, faultAt: number, endAt: number): LoadPeriod {
  if (at < faultAt) return 'before';
  return at < endAt ? 'fault' : 'after';
}
