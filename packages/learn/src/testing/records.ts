/** Small hand-made records for tests that check one figure. */

import {
  LatencyHistogram,
  type LoadPeriod,
  type LoadSample,
  type RunRecord,
  type RunRecordBody,
} from '@seaworthy/break/journal';

/** The experiment that {@link experimentRecords} tells of. */
export const experimentName = 'Inventory is down';

/** A sample of 250 ms; what was not good is bad. */
export function sampleOf(
  due: number,
  good: number,
  options: { readonly latencyMs?: number; readonly request?: string; readonly lagMs?: number } = {},
): LoadSample {
  const latency = new LatencyHistogram();
  for (let number = 0; number < good; number += 1) latency.record(options.latencyMs ?? 5);
  const bad = Math.max(0, due - good);
  return {
    intervalMs: 250,
    due,
    good,
    bad,
    timedOut: 0,
    inFlight: 0,
    p50Ms: latency.quantileMs(0.5),
    p90Ms: latency.quantileMs(0.9),
    p99Ms: latency.quantileMs(0.99),
    maxMs: latency.maxMs,
    generatorLagMs: options.lagMs ?? 1,
    requests: [
      {
        request: options.request ?? 'browse',
        period: 'fault',
        due,
        good,
        bad,
        timedOut: 0,
        reasons: bad > 0 ? { 'status 503': bad } : {},
        latency: latency.buckets(),
        maxMs: latency.maxMs,
      },
    ],
  };
}

/** An experiment from 0: 2 s before, a fault of 4 s, 4 s after; `load` gives each sample by its end, in milliseconds. */
export function experimentRecords(
  load: (at: number) => LoadSample | undefined,
  options: {
    readonly fault?: string;
    readonly target?: string;
    readonly more?: readonly RunRecord[];
    readonly undone?: boolean;
  } = {},
): RunRecord[] {
  const experiment = experimentName;
  const fault = { id: 'f1', fault: options.fault ?? 'kill', target: options.target ?? 'inventory' };
  const at = (time: number, body: RunRecordBody): RunRecord => ({ at: time, ...body });
  const records: RunRecord[] = [
    at(0, {
      kind: 'experiment.started',
      experiment,
      description: undefined,
      file: 'x.yaml',
      steadyState: [],
      expectations: [],
    }),
    at(0, { kind: 'phase', experiment, phase: 'before' }),
    at(2_000, { kind: 'phase', experiment, phase: 'fault' }),
    at(2_000, { kind: 'fault.injecting', experiment, fault }),
    at(2_000, { kind: 'fault.injected', experiment, fault }),
    ...(options.undone === false
      ? []
      : [at(6_000, { kind: 'fault.undone', experiment, fault, ok: true, detail: undefined })]),
    at(6_000, { kind: 'phase', experiment, phase: 'after' }),
    at(10_000, { kind: 'experiment.ended', experiment, verdict: 'held' }),
    ...(options.more ?? []),
  ];
  for (let time = 250; time <= 10_000; time += 250) {
    const sample = load(time);
    if (sample === undefined) continue;
    const requests = sample.requests.map((part) => ({ ...part, period: periodAt(time) }));
    records.push(at(time, { kind: 'load', experiment, sample: { ...sample, requests } }));
  }
  return records;
}

function periodAt(time: number): LoadPeriod {
  if (time <= 2_000) return 'before';
  return time <= 6_000 ? 'fault' : 'after';
}

/** What a policy of the gateway says. */
export function policyRecord(
  at: number,
  type: string,
  details: Readonly<Record<string, unknown>> & { readonly service?: string; readonly pipeline?: string } = {},
): RunRecord {
  const { service = 'gateway', pipeline = 'inventory', ...rest } = details;
  return { at, kind: 'policy', service, event: { type, pipeline, ...rest } };
}
