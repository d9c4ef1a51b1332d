/** Any well-formed sequence of records, for property tests: in any order, at any time, with hostile texts. */

import type { LoadSample, RunRecord, Verdict } from '@seaworthy/break/journal';
import * as fc from 'fast-check';
import { anyText } from './any-text.ts';

/** What an attacker would put into a title, and what breaks tables. */
export const hostileTexts: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style></title><h1>gone</h1>',
  '<!-- ]]> -->',
  '| a | b |\n| --- |',
  '[click](javascript:alert(1)) ![x](http://example.com/x.png) @everyone #1',
  '`ticks` **bold** <b>html</b> http://example.com',
  '\u202Eright to left\u0000\u001B[31m',
  '“quoted” &amp; &lt;',
  'obviously human error: he should have known` "better',
  '',
  '\uD800 lone',
];

const text = fc.oneof(
  fc.constantFrom(...hostileTexts),
  anyText(30),
  fc.constantFrom('gateway', 'inventory', 'load', 'gateway -> inventory', 'constructor', '__proto__'),
);
const experiment = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('one', 'two') },
  { weight: 1, arbitrary: text },
);
const at = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 0, max: 60_000 }).map((ms) => Date.UTC(2026, 10, 24) + ms) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1e16, noNaN: true }) },
);
const phase = fc.constantFrom('before', 'fault', 'after', 'done');
const verdict = fc.constantFrom<Verdict>(
  'held',
  'failed',
  'invalid',
  'not-steady',
  'fault-not-observed',
  'undo-failed',
  'interrupted',
);
const count = fc.integer({ min: 0, max: 500 });
const ms = fc.option(fc.double({ min: 0, max: 60_000, noNaN: true }), { nil: undefined });
const fault = fc.record({ id: fc.constantFrom('f1', 'f2', 'f3'), fault: text, target: text });
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

/** A sample of the load. */
export const arbitrarySample: fc.Arbitrary<LoadSample> = fc.record({
  intervalMs: fc.oneof(fc.constant(250), fc.integer({ min: 0, max: 3_000 })),
  due: count,
  good: count,
  bad: count,
  timedOut: count,
  inFlight: count,
  p50Ms: ms,
  p90Ms: ms,
  p99Ms: ms,
  maxMs: ms,
  generatorLagMs: fc.double({ min: 0, max: 500, noNaN: true }),
  requests: fc.array(
    fc.record({
      request: text,
      period: fc.constantFrom('before', 'fault', 'between', 'after'),
      due: count,
      good: count,
      bad: count,
      timedOut: count,
      reasons: fc.dictionary(text, count, { maxKeys: 3 }),
      latency: fc
        .uniqueArray(fc.integer({ min: 0, max: 1_500 }), { maxLength: 5 })
        .map((buckets) => buckets.sort((one, other) => one - other).flatMap((bucket) => [bucket, 2])),
      maxMs: ms,
    }),
    { maxLength: 2 },
  ),
});

const policyType = fc.constantFrom(
  'calls.counted',
  'events.dropped',
  'circuit-breaker.opened',
  'circuit-breaker.half-opened',
  'circuit-breaker.closed',
  'fallback.answered',
  'timeout.expired',
  'constructor',
);

const body = fc.oneof(
  fc.record({
    kind: fc.constant('run.started'),
    version: fc.constant(1),
    runId: text,
    title: text,
    system: text,
    mode: text,
    seed: count,
    experiments: fc.array(experiment, { maxLength: 3 }),
    host: fc.record({ platform: text, node: text, cores: count }),
  }),
  fc.record({ kind: fc.constant('run.ended'), verdict, exitCode: count }),
  fc.record({
    kind: fc.constant('service'),
    service: text,
    state: fc.constantFrom('starting', 'ready', 'exited', 'restarted', 'stopped'),
    pid: optional(count),
    detail: optional(text),
  }),
  fc.record({
    kind: fc.constant('experiment.started'),
    experiment,
    description: optional(text),
    file: text,
    steadyState: fc.array(text, { maxLength: 2 }),
    expectations: fc.array(text, { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('phase'), experiment, phase }),
  fc.record({
    kind: fc.constant('probe'),
    experiment,
    phase,
    probe: text,
    held: fc.boolean(),
    seen: text,
    durationMs: count,
  }),
  fc.record({ kind: fc.constant('load'), experiment, sample: arbitrarySample }),
  fc.record({ kind: fc.constantFrom('fault.injecting', 'fault.injected'), experiment, fault }),
  fc.record({
    kind: fc.constant('fault.observed'),
    experiment,
    fault,
    measure: text,
    before: text,
    during: text,
    bites: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('fault.undone'),
    experiment,
    fault,
    ok: fc.boolean(),
    detail: optional(text),
  }),
  fc.record({
    kind: fc.constant('policy'),
    service: text,
    event: fc.record({
      type: fc.oneof({ weight: 6, arbitrary: policyType }, { weight: 1, arbitrary: text }),
      pipeline: text,
      attempts: fc.oneof(count, text),
      succeeded: count,
      failed: fc.double(),
      because: text,
      fault: fc.constantFrom('f1', 'f9'),
    }),
  }),
  fc.record({ kind: fc.constant('aborted'), experiment, condition: text, seen: text }),
  fc.record({ kind: fc.constant('note'), by: text, text }),
  fc.record({ kind: fc.constant('finding'), experiment, text }),
  fc.record({ kind: fc.constant('expectation'), experiment, expected: text, held: fc.boolean(), seen: text }),
  fc.record({ kind: fc.constant('experiment.ended'), experiment, verdict }),
);

/** Any sequence of records, valid one by one, however little they make sense together. */
export const arbitraryRecords: fc.Arbitrary<RunRecord[]> = fc.array(
  fc.tuple(at, body).map(([time, rest]) => ({ at: time, ...rest })),
  { maxLength: 60, size: 'max' },
);
