import { array, assert, constantFrom, double, nat, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LoadPeriod, RunRecord } from '../../journal/record.ts';
import type { Claim, LoadMeasure } from '../model.ts';
import { evaluate } from './evaluate.ts';
import { probeOf } from './fixtures/fake-lab.ts';
import {
  faultRecords,
  latencies,
  loadRecord,
  loadRecords,
  policyRecord,
  probeRecord,
} from './fixtures/journal.ts';

function judge(claim: Claim, records: readonly RunRecord[]) {
  const sorted = records.toSorted((a, b) => a.at - b.at);
  const [judged] = evaluate([{ text: 'the claim', line: 1, ...claim }], sorted, [probeOf('answers')]);
  return { held: judged?.held, seen: judged?.seen };
}

describe('a claim about the load', () => {
  const of = (
    measure: LoadMeasure,
    operator: '<' | '<=' | '>=' | '>',
    value: number,
    phase: 'fault' | 'after' | 'whole' = 'fault',
    request?: string,
  ): Claim => ({ kind: 'load', measure, compare: { operator, value }, window: { phase, request } });
  const records = [
    ...faultRecords('a', 1_000, 3_000),
    loadRecord(1_000, 'before', 100),
    loadRecord(2_000, 'fault', 90, 10, {
      timedOut: 4,
      reasons: { 'time-out': 4, 'status 503': 6 },
      ...latencies([...Array<number>(93).fill(10), 2_000]),
    }),
    // It ended after the fault, and is the fault's all the same.
    loadRecord(3_500, 'fault', 0, 10, { reasons: { 'time-out': 10 } }),
    loadRecord(4_000, 'after', 50, 0, { request: 'checkout' }),
  ];

  test.each<[string, Claim, boolean, string]>([
    [
      'success while faults are on',
      of('success-rate', '>=', 0.9),
      false,
      '81.81 % (90 of 110; bad: 14 time-out, 6 status 503)',
    ],
    [
      'success over the whole run',
      of('success-rate', '>', 0.9, 'whole'),
      true,
      '92.3 % (240 of 260; bad: 14 time-out, 6 status 503)',
    ],
    ['success afterwards', of('success-rate', '>=', 1, 'after'), true, '100 % (50 of 50)'],
    ['success of one request', of('success-rate', '>=', 1, 'whole', 'checkout'), true, '100 % (50 of 50)'],
    [
      'a request that was never due',
      of('success-rate', '>=', 0, 'whole', 'browse'),
      false,
      'no request `browse` was due in this time',
    ],
    ['p50', of('p50', '<', 20), true, '10 ms over 94 requests'],
    ['p99', of('p99', '<', 1_000), false, '2 s over 94 requests'],
    ['the longest', of('max-latency', '<=', 2_000), true, '2 s over 94 requests'],
    ['goodput', of('goodput', '>=', 45), true, '45 good answers per second'],
    ['latency where nothing was good', of('p99', '<', 1, 'after'), false, 'no request ended in this time'],
  ])('%s', (_, claim, held, seen) => {
    expect(judge(claim, records)).toEqual({ held, seen });
  });

  test('is judged over the sum of its samples, as a naive recount does', () => {
    const answer = record({
      at: nat(100),
      period: constantFrom<LoadPeriod>('before', 'fault', 'between', 'after'),
      request: constantFrom('home', 'checkout'),
      good: nat(50),
      bad: nat(50),
      latency: double({ min: 0.001, max: 5_000, noNaN: true }),
    });
    const windows: Readonly<Record<'fault' | 'after' | 'whole', readonly LoadPeriod[]>> = {
      fault: ['fault'],
      after: ['after'],
      whole: ['before', 'fault', 'between', 'after'],
    };
    assert(
      property(
        array(answer, { maxLength: 30 }),
        constantFrom('fault' as const, 'after' as const, 'whole' as const),
        constantFrom(undefined, 'home', 'checkout'),
        double({ min: 0, max: 1, noNaN: true }),
        (answers, phase, request, value) => {
          const mine = answers.filter(
            (one) =>
              windows[phase].includes(one.period) && (request === undefined || one.request === request),
          );
          const good = mine.reduce((sum, one) => sum + one.good, 0);
          const all = good + mine.reduce((sum, one) => sum + one.bad, 0);
          const load = answers.map((one) =>
            loadRecord(one.at, one.period, one.good, one.bad, {
              request: one.request,
              ...latencies([one.latency]),
            }),
          );
          const success = judge(of('success-rate', '>=', value, phase, request), load);
          expect(success.held).toBe(all > 0 && good / all >= value);
          const slowest = judge(of('max-latency', '<=', 1_000, phase, request), load);
          if (all > 0) expect(slowest.held).toBe(mine.every((one) => one.latency <= 1_000));
        },
      ),
    );
  });

  test('is never shown as what it missed', () => {
    const missed = [loadRecord(500, 'fault', 98_999, 1_001)];
    expect(judge(of('success-rate', '>=', 0.99), missed)).toEqual({
      held: false,
      seen: '98.99 % (98,999 of 100,000; bad: 1,001 status 503)',
    });
  });
});

describe('a claim about a policy', () => {
  const of = (changes: Partial<Extract<Claim, { kind: 'policy' }>> = {}): Claim => ({
    kind: 'policy',
    policy: 'circuit-breaker',
    pipeline: 'inventory',
    service: undefined,
    eventType: 'circuit-breaker.opened',
    since: 'fault-began',
    withinMs: 2_000,
    occurs: 'at-least-once',
    ...changes,
  });
  const never = of({ occurs: 'never', withinMs: undefined });
  const closes = of({ eventType: 'circuit-breaker.closed', since: 'fault-ended', withinMs: 5_000 });
  const fault = faultRecords('a', 1_000, 10_000);
  const opened = (at: number, service?: string) => policyRecord(at, 'circuit-breaker.opened', {}, service);
  const closed = (at: number) => policyRecord(at, 'circuit-breaker.closed');

  test.each<[string, Claim, readonly RunRecord[], boolean, string]>([
    ['in time', of(), [opened(2_200)], true, 'once, 1.2 s after kill inventory began, in gateway'],
    ['at the last moment', of(), [opened(3_000)], true, 'once, 2 s after kill inventory began, in gateway'],
    [
      'late',
      of(),
      [opened(3_001)],
      false,
      'once, 2 s after kill inventory began, in gateway: later than 2 s',
    ],
    [
      'before the fault only',
      of(),
      [opened(500)],
      false,
      'not seen: `inventory` said circuit-breaker.opened once',
    ],
    [
      'several times',
      of(),
      [opened(2_000), opened(4_000)],
      true,
      '2 times, first 1 s after kill inventory began, in gateway',
    ],
    [
      'in another service',
      of({ service: 'checkout' }),
      [opened(2_000)],
      false,
      'not seen: nothing was heard of `inventory`; heard of inventory only',
    ],
    [
      'in the service that is named',
      of({ service: 'checkout' }),
      [opened(2_000), opened(2_500, 'checkout')],
      true,
      'once, 1.5 s after kill inventory began, in checkout',
    ],
    [
      'nothing at all',
      of(),
      [],
      false,
      'not seen: nothing was heard of `inventory`; no service told of any pipeline',
    ],
    [
      'calls only',
      of(),
      [policyRecord(2_000, 'calls.counted')],
      false,
      'not seen: the policies of `inventory` had nothing to do',
    ],
    ['never, and it does not', never, [opened(500)], true, 'it did not happen'],
    ['never, and it does', never, [opened(2_000)], false, 'once, 1 s after kill inventory began, in gateway'],
    [
      'closes in time',
      closes,
      [opened(2_000), closed(12_000)],
      true,
      'once, 2 s after the last fault was being undone, in gateway',
    ],
    [
      'closes late',
      closes,
      [opened(2_000), closed(16_000)],
      false,
      'once, 6 s after the last fault was being undone, in gateway: later than 5 s',
    ],
    [
      'does not close',
      closes,
      [opened(2_000), closed(3_000), opened(4_000)],
      false,
      'not seen: `inventory` said circuit-breaker.opened 2 times, circuit-breaker.closed once',
    ],
    [
      'closed while the fault was on',
      closes,
      [opened(2_000), closed(4_000)],
      true,
      'it closed already 6 s before, in gateway',
    ],
  ])('%s', (_, claim, records, held, seen) => {
    expect(judge(claim, [...fault, ...records])).toEqual({ held, seen });
  });

  test('counts from the first of several faults, and from the undo of the last', () => {
    const two = [...faultRecords('a', 1_000, 9_000), ...faultRecords('b', 3_000, 5_000)];
    expect(judge(of(), [...two, opened(4_000)]).held).toBe(false);
    expect(judge(closes, [...two, opened(4_000), closed(6_000)])).toMatchObject({ held: true });
    expect(judge(closes, [...two, opened(8_000), closed(13_000)])).toMatchObject({ held: true });
  });

  test('cannot hold without a fault', () => {
    expect(judge(of(), [opened(1)])).toEqual({ held: false, seen: 'no fault began' });
    expect(judge(closes, [opened(1)])).toEqual({ held: false, seen: 'no fault ended' });
  });
});

describe('a claim about retry load', () => {
  const claim: Claim = {
    kind: 'retry-load',
    pipeline: 'inventory',
    service: undefined,
    compare: { operator: '<=', value: 0.1 },
  };
  const counted = (at: number, calls: number, attempts: number) =>
    policyRecord(at, 'calls.counted', { succeeded: calls - 2, failed: 1, cancelled: 1, attempts });
  const fault = faultRecords('a', 1_000, 2_000);

  test.each<[string, readonly RunRecord[], boolean, string]>([
    ['little', [counted(1_500, 100, 109)], true, '9 % (109 attempts for 100 calls)'],
    [
      'as much as allowed',
      [counted(1_200, 50, 55), counted(1_400, 50, 55)],
      true,
      '10 % (110 attempts for 100 calls)',
    ],
    ['much', [counted(1_500, 1_000, 3_000)], false, '200 % (3,000 attempts for 1,000 calls)'],
    [
      'of calls that end just after the fault',
      [counted(2_900, 10, 20)],
      false,
      '100 % (20 attempts for 10 calls)',
    ],
    [
      'not of other times',
      [counted(500, 10, 30), counted(1_500, 10, 10), counted(3_100, 10, 30)],
      true,
      '0 % (10 attempts for 10 calls)',
    ],
    [
      'of no call',
      [counted(500, 10, 30)],
      false,
      'no service told of a call through `inventory` in this time',
    ],
    [
      'of calls whose work was never begun',
      [counted(1_500, 10, 5)],
      true,
      'no more attempts than calls (5 attempts for 10 calls)',
    ],
  ])('%s', (_, records, held, seen) => {
    expect(judge(claim, [...fault, ...records])).toEqual({ held, seen });
  });
});

describe('a claim that the system is steady again', () => {
  const claim: Claim = { kind: 'steady-again', withinMs: 2_000 };
  const fault = faultRecords('a', 1_000, 2_000);
  const samples = (count: number, good: number, bad: number) =>
    Array.from({ length: count }, () => [good, bad] as const);
  const before = loadRecords(0, 'before', samples(4, 25, 0));
  const after = (answers: readonly (readonly [number, number])[]) => [
    ...before,
    ...fault,
    ...loadRecords(2_000, 'after', answers),
  ];
  const good = (count: number) => samples(count, 25, 0);
  const bad = (count: number) => samples(count, 0, 25);
  const nothing = samples(6, 0, 0);

  test.each<[string, readonly RunRecord[], boolean, string]>([
    ['at once', after(good(16)), true, 'at once'],
    ['after a while', after([...bad(4), ...good(12)]), true, 'after 1 s'],
    ['too late', after([...bad(9), ...good(12)]), false, 'after 2.25 s'],
    [
      'never',
      after(bad(16)),
      false,
      'not within the 4 s watched: in the last second 0 % of the load succeeded, before the faults 100 %',
    ],
    [
      'and then not any more',
      after([...good(10), ...bad(6)]),
      false,
      'not within the 4 s watched: in the last second 0 % of the load succeeded, before the faults 100 %',
    ],
    ['after a relapse', after([...bad(2), ...good(3), ...bad(2), ...good(12)]), true, 'after 1.75 s'],
    ['but for one stray error', after([...good(8), [24, 1], ...good(8)]), true, 'at once'],
    ['with requests that get no answer', after([...good(4), ...nothing]), true, 'at once'],
    [
      'which one good answer within an outage is not',
      after([...bad(3), [1, 24], ...bad(3), ...good(8)]),
      true,
      'after 1.75 s',
    ],
  ])('%s', (_, records, held, seen) => {
    const probes = [probeRecord(2_100, 'after', true), probeRecord(3_000, 'after', true)];
    expect(judge(claim, [...records, ...probes])).toEqual({ held, seen });
  });

  test('not while requests are due and none is answered', () => {
    const silent = Array.from({ length: 12 }, (_, index) =>
      loadRecord(2_000 + (index + 1) * 250, 'after', 0, 0, { due: 25 }),
    );
    const probes = [probeRecord(2_100, 'after', true)];
    expect(judge(claim, [...before, ...fault, ...silent, ...probes]).held).toBe(false);
  });

  test('as far as the load ever was', () => {
    const shaky = loadRecords(0, 'before', samples(4, 20, 5));
    const again = loadRecords(2_000, 'after', samples(8, 20, 5));
    expect(judge(claim, [...shaky, ...fault, ...again, probeRecord(2_100, 'after', true)]).held).toBe(true);
  });

  test('only when every probe holds, and stays so', () => {
    const load = after(good(16));
    const at = (times: readonly (readonly [number, boolean])[]) => [
      ...load,
      ...times.map(([ms, held]) => probeRecord(ms, 'after', held)),
    ];
    expect(judge(claim, at([[2_010, true]]))).toEqual({ held: true, seen: 'at once' });
    expect(
      judge(
        claim,
        at([
          [2_500, false],
          [3_010, true],
          [4_000, true],
        ]),
      ),
    ).toEqual({ held: true, seen: 'after 1 s' });
    expect(
      judge(
        claim,
        at([
          [2_500, true],
          [3_000, false],
          [4_510, true],
        ]),
      ),
    ).toEqual({ held: false, seen: 'after 2.5 s' });
    expect(
      judge(
        claim,
        at([
          [2_500, true],
          [4_000, false],
        ]),
      ),
    ).toEqual({
      held: false,
      seen: 'not within the 4 s watched: `answers`: status 503',
    });
    expect(judge(claim, load)).toEqual({
      held: false,
      seen: 'not within the 4 s watched: `answers` was not asked',
    });
  });

  test('not by what was asked before the fault was gone', () => {
    const early = [probeRecord(2_005, 'after', false), probeRecord(2_600, 'after', true)];
    expect(judge(claim, [...after(good(16)), ...early])).toEqual({ held: true, seen: 'at once' });
  });

  test('not before the last of several faults is gone', () => {
    const two = [...after(good(16)), ...faultRecords('b', 1_000, 3_000), probeRecord(3_200, 'after', true)];
    expect(judge(claim, two)).toEqual({ held: true, seen: 'at once' });
    const left = [...after(good(16)), ...faultRecords('b', 1_000, 3_000).slice(0, 3)];
    expect(judge(claim, left)).toEqual({ held: false, seen: 'the faults were not all undone' });
  });
});

describe('a probe that is asked when all is over', () => {
  const claim: Claim = { kind: 'probe', probe: probeOf('one charge') };

  test('holds as its answer says', () => {
    const earlier = probeRecord(1_000, 'after', false, 'one charge');
    expect(judge(claim, [earlier, probeRecord(2_000, 'done', true, 'one charge')])).toEqual({
      held: true,
      seen: 'status 200',
    });
    expect(judge(claim, [probeRecord(2_000, 'done', false, 'one charge')]).held).toBe(false);
    expect(judge(claim, [earlier])).toEqual({ held: false, seen: 'it was not asked' });
  });
});
