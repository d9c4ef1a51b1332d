import type { RunRecord } from '@seaworthy/break/journal';
import { describe, expect, it } from 'vitest';
import { experimentName, experimentRecords, policyRecord, sampleOf } from '../testing/records.ts';
import { momentsOf, momentsPerKindMax } from './moments.ts';
import { readRun } from './read-run.ts';

function momentsIn(more: readonly RunRecord[], good = 25) {
  const load = (at: number) => sampleOf(25, at > 2_000 && at <= 6_000 ? good : 25);
  const run = readRun(experimentRecords(load, { more }));
  const [trace] = run.experiments;
  if (trace === undefined) throw new Error('The run has an experiment.');
  return momentsOf(run, trace).map(({ at, text }) => [at, text]);
}

describe('momentsOf', () => {
  it('tells of faults, of the first harm, and of notes, in order', () => {
    const note: RunRecord = { at: 5_000, kind: 'note', by: 'Ada', text: 'customers call' };
    expect(momentsIn([note], 10)).toEqual([
      [2_000, 'Fault begins: kill of inventory'],
      [3_000, 'First second below the level before: 40 % of it'],
      [5_000, 'Ada: customers call'],
      [6_000, 'Fault undone: kill of inventory'],
    ]);
  });

  it('tells each policy’s first word, and no more', () => {
    const answered = [2_300, 2_400, 2_500].map((at) => policyRecord(at, 'fallback.answered'));
    expect(momentsIn(answered)[1]).toEqual([2_300, 'First time: fallback inventory of gateway answered']);
    expect(momentsIn(answered)).toHaveLength(3);
  });

  it('tells once of a breaker that opens again and again', () => {
    const more = [
      policyRecord(2_200, 'circuit-breaker.opened', { because: '5 failures in a row' }),
      ...[3_200, 4_200, 5_200].flatMap((at) => [
        policyRecord(at, 'circuit-breaker.half-opened'),
        policyRecord(at + 10, 'circuit-breaker.opened'),
      ]),
      policyRecord(6_200, 'circuit-breaker.half-opened'),
      policyRecord(6_210, 'circuit-breaker.closed'),
    ];
    expect(momentsIn(more).filter(([, text]) => String(text).startsWith('Circuit-breaker'))).toEqual([
      [2_200, 'Circuit-breaker inventory of gateway opened (5 failures in a row)'],
      [3_200, 'Circuit-breaker inventory of gateway half-opened and opened again 3 times in 2 s'],
      [6_200, 'Circuit-breaker inventory of gateway half-opened'],
      [6_210, 'Circuit-breaker inventory of gateway closed'],
    ]);
  });

  it('tells where a probe changes its answer', () => {
    const probe = (at: number, held: boolean): RunRecord => ({
      at,
      kind: 'probe',
      experiment: experimentName,
      phase: 'fault',
      probe: 'front page',
      held,
      seen: held ? '200' : '500',
      durationMs: 1,
    });
    const more = [probe(2_500, true), probe(3_000, false), probe(3_500, false), probe(4_000, true)];
    expect(momentsIn(more).slice(1, 3)).toEqual([
      [3_000, 'Probe front page did not hold (seen: 500)'],
      [4_000, 'Probe front page holds again (seen: 200)'],
    ]);
  });

  it('is bounded by kind, and says what it leaves out', () => {
    const notes = Array.from(
      { length: 50 },
      (_, index): RunRecord => ({ at: 7_000 + index, kind: 'note', by: 'x', text: String(index) }),
    );
    const moments = momentsIn(notes);
    expect(moments).toHaveLength(2 + momentsPerKindMax + 1);
    expect(moments.at(-1)?.[1]).toBe('20 more of the kind “note” in the next 19 ms');
  });
});
