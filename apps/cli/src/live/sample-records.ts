/** The records of a small Game Day, for the tests of the view. */
import { bucketOf, type LoadSample, type RunRecord } from '@seaworthy/break/journal';

/** Unix milliseconds at which the sample run begins. */
export const sampleStart = 1_700_000_000_000;

/** A sample of 250 ms at 200 requests a second. */
export function sampleOf(good: number, bad: number, latencyMs: number): LoadSample {
  return {
    intervalMs: 250,
    due: 50,
    good,
    bad,
    timedOut: 0,
    inFlight: 12,
    p50Ms: latencyMs,
    p90Ms: latencyMs,
    p99Ms: latencyMs,
    maxMs: latencyMs,
    generatorLagMs: 0,
    requests: [
      {
        request: 'browse',
        period: 'fault',
        due: 50,
        good,
        bad,
        timedOut: 0,
        reasons: {},
        latency: [bucketOf(latencyMs), good + bad],
        maxMs: latencyMs,
      },
    ],
  };
}

const first = 'Inventory is down';
const second = 'Payment answers slowly';
const fault = { id: 'f1', fault: 'kill', target: 'inventory' };

/** Two experiments: the first held, the second is in the middle of its fault. */
export function sampleRecords(): readonly RunRecord[] {
  let at = sampleStart;
  const records: RunRecord[] = [];
  const add = (delayMs: number, ...bodies: readonly Omit<RunRecord, 'at'>[]) => {
    at += delayMs;
    for (const body of bodies) records.push({ at, ...body } as RunRecord);
  };
  const load = (experiment: string, count: number, sample: LoadSample) => {
    for (let n = 0; n < count; n++) add(250, { kind: 'load', experiment, sample } as Omit<RunRecord, 'at'>);
  };
  const body = <K extends RunRecord['kind']>(record: Omit<Extract<RunRecord, { kind: K }>, 'at'>) =>
    record as unknown as Omit<RunRecord, 'at'>;

  add(
    0,
    body<'run.started'>({
      kind: 'run.started',
      version: 1,
      runId: 'r1',
      title: 'Game Day of the shop',
      system: 'shop',
      mode: 'protected',
      seed: 1,
      experiments: [first, second, 'Everything at once'],
      host: { platform: 'linux', node: '24', cores: 2 },
    }),
  );
  for (const service of ['gateway', 'inventory', 'payment']) {
    add(100, body<'service'>({ kind: 'service', service, state: 'starting', pid: 7, detail: undefined }));
    add(300, body<'service'>({ kind: 'service', service, state: 'ready', pid: 7, detail: undefined }));
  }
  for (const experiment of [first, second]) {
    add(
      100,
      body<'experiment.started'>({
        kind: 'experiment.started',
        experiment,
        description: undefined,
        file: 'a.yaml',
        steadyState: [],
        expectations: [],
      }),
      body<'phase'>({ kind: 'phase', experiment, phase: 'before' }),
    );
    load(experiment, 12, sampleOf(50, 0, 12));
    add(
      0,
      body<'phase'>({ kind: 'phase', experiment, phase: 'fault' }),
      body<'fault.injecting'>({ kind: 'fault.injecting', experiment, fault }),
      body<'fault.injected'>({ kind: 'fault.injected', experiment, fault }),
      body<'service'>({
        kind: 'service',
        service: 'inventory',
        state: 'exited',
        pid: 7,
        detail: 'was ended by SIGKILL',
      }),
    );
    load(experiment, 4, sampleOf(20, 30, 180));
    for (const type of ['circuit-breaker.opened', 'fallback.answered', 'fallback.answered']) {
      add(50, body<'policy'>({ kind: 'policy', service: 'gateway', event: { type, pipeline: 'inventory' } }));
    }
    add(
      0,
      body<'fault.observed'>({
        kind: 'fault.observed',
        experiment,
        fault,
        measure: 'answers of inventory',
        before: '200',
        during: 'refused',
        bites: true,
      }),
    );
    load(experiment, 8, sampleOf(49, 1, 30));
    if (experiment === second) break;
    add(
      0,
      body<'fault.undone'>({ kind: 'fault.undone', experiment, fault, ok: true, detail: undefined }),
      body<'phase'>({ kind: 'phase', experiment, phase: 'after' }),
      body<'policy'>({
        kind: 'policy',
        service: 'gateway',
        event: { type: 'circuit-breaker.closed', pipeline: 'inventory' },
      }),
    );
    load(experiment, 8, sampleOf(50, 0, 12));
    add(
      0,
      body<'phase'>({ kind: 'phase', experiment, phase: 'done' }),
      body<'expectation'>({
        kind: 'expectation',
        experiment,
        expected: 'success rate of load >= 99%',
        held: true,
        seen: '99.4 %',
      }),
      body<'experiment.ended'>({ kind: 'experiment.ended', experiment, verdict: 'held' }),
    );
  }
  return records;
}

/** The rest of the sample run: the second experiment fails, and the third is never begun. */
export function sampleEnding(at: number): readonly RunRecord[] {
  const experiment = second;
  return [
    { at, kind: 'fault.undone', experiment, fault, ok: true, detail: undefined },
    { at, kind: 'phase', experiment, phase: 'done' },
    {
      at,
      kind: 'expectation',
      experiment,
      expected: 'success rate of load >= 99%',
      held: false,
      seen: '71.2 % of 1180 requests; 339 were answered with status 503',
    },
    { at, kind: 'expectation', experiment, expected: 'steady again within 5s', held: true, seen: '1.5 s' },
    { at, kind: 'finding', experiment, text: 'Nothing absorbed the fault kill on inventory.' },
    { at, kind: 'experiment.ended', experiment, verdict: 'failed' },
    { at, kind: 'run.ended', verdict: 'failed', exitCode: 1 },
  ];
}
