import type { RunRecord } from '@seaworthy/break/journal';
import { describe, expect, it } from 'vitest';
import { gameDayJournal } from '../testing/game-day-journal.ts';
import { experimentName, experimentRecords, policyRecord, sampleOf } from '../testing/records.ts';
import { readRun } from './read-run.ts';
import { zeroOf } from './run.ts';

const load = () => sampleOf(25, 25);

describe('readRun', () => {
  it('reads a whole Game Day', () => {
    const run = readRun(gameDayJournal('protected'));
    expect(run).toMatchObject({
      system: 'shop',
      mode: 'protected',
      verdict: 'held',
      exitCode: 0,
      notRun: [],
    });
    expect(run.experiments).toHaveLength(8);
    const [first] = run.experiments;
    expect(first?.phases.map(({ phase }) => phase)).toEqual(['before', 'fault', 'after']);
    expect(first?.faults[0]).toMatchObject({
      injected: true,
      label: { fault: 'kill', target: 'inventory' },
      observed: { bites: true },
      undone: { ok: true },
    });
    expect(first?.expectations.every(({ held }) => held === true)).toBe(true);
  });

  it('gives the same, in whatever order the records come', () => {
    const records = experimentRecords(load, { more: [policyRecord(2_500, 'fallback.answered')] });
    const inOrder = [...records].sort((one, other) => one.at - other.at);
    expect(readRun(records)).toEqual(readRun(inOrder));
  });

  it('gives policies and processes to the experiment that was on', () => {
    const [trace] = readRun(
      experimentRecords(load, {
        more: [policyRecord(2_500, 'fallback.answered'), policyRecord(11_000, 'fallback.answered')],
      }),
    ).experiments;
    expect(trace?.policyEvents).toHaveLength(1);
  });

  it('reads a record that breaks off: the fault lasts to the end, the rest is not judged', () => {
    const records = experimentRecords(load, { undone: false }).filter(({ at }) => at < 5_000);
    const declared: RunRecord = {
      at: 0,
      kind: 'run.started',
      version: 1,
      runId: 'r',
      title: 't',
      system: 's',
      mode: 'm',
      seed: 1,
      experiments: [experimentName, 'never begun'],
      host: { platform: 'p', node: 'n', cores: 2 },
    };
    const run = readRun([declared, ...records]);
    expect(run.verdict).toBeUndefined();
    expect(run.notRun).toEqual(['never begun']);
    const [trace] = run.experiments;
    expect(trace?.verdict).toBeUndefined();
    expect(trace?.faults[0]).toMatchObject({ from: 2_000, to: 4_750, undone: undefined });
  });

  it('lets a fault last from where its injection begins to where it is undone first, and believes the worse word', () => {
    const again: RunRecord = {
      at: 7_000,
      kind: 'fault.undone',
      experiment: experimentName,
      fault: { id: 'f1', fault: 'kill', target: 'inventory' },
      ok: false,
      detail: 'still seen',
    };
    const early: RunRecord = {
      at: 1_900,
      kind: 'fault.injecting',
      experiment: experimentName,
      fault: again.fault,
    };
    const [trace] = readRun(experimentRecords(load, { more: [again, early] })).experiments;
    expect(trace?.faults[0]).toMatchObject({
      from: 1_900,
      to: 6_000,
      undone: { at: 6_000, ok: false, detail: 'still seen' },
    });
  });

  it('says of announced hypotheses that nobody judged that they were not judged', () => {
    const [trace] = readRun([
      {
        at: 0,
        kind: 'experiment.started',
        experiment: 'e',
        description: undefined,
        file: 'f',
        steadyState: [],
        expectations: ['a', 'b'],
      },
      { at: 1, kind: 'expectation', experiment: 'e', expected: 'b', held: true, seen: 'so' },
    ]).experiments;
    expect(trace?.expectations.map(({ expected, held }) => [expected, held])).toEqual([
      ['a', undefined],
      ['b', true],
    ]);
  });

  it('takes the same experiment begun again for another one', () => {
    const first = experimentRecords(load);
    const again = experimentRecords(load).map((record) => ({ ...record, at: record.at + 20_000 }));
    const run = readRun([...first, ...again]);
    expect(run.experiments.map(({ from, samples }) => [from, samples.length])).toEqual([
      [0, 40],
      [20_000, 40],
    ]);
  });

  it('counts the experiment’s clock from its fault phase', () => {
    const [trace] = readRun(experimentRecords(load)).experiments;
    expect(trace && zeroOf(trace)).toBe(2_000);
  });

  it('reads nothing as an empty run', () => {
    expect(readRun([])).toMatchObject({ experiments: [], verdict: undefined, from: 0, to: 0 });
  });
});
