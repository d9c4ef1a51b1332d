import type { RunRecord } from '@seaworthy/break/journal';
import { describe, expect, it } from 'vitest';
import { learn } from '../lessons.ts';
import { gameDayJournal } from '../testing/game-day-journal.ts';
import { experimentName, experimentRecords, policyRecord, sampleOf } from '../testing/records.ts';

const healthy = () => sampleOf(25, 25);
const hurt = (at: number) => sampleOf(25, at > 2_000 && at <= 6_000 ? 5 : 25);
const kindsOf = (records: RunRecord[]) => learn(records).findings.map(({ kind }) => kind);

describe('findings', () => {
  it('name a fault that hurt and that nothing absorbed, with what it cost', () => {
    const [finding] = learn(experimentRecords(hurt)).findings;
    expect(finding).toMatchObject({
      kind: 'fault-not-absorbed',
      weight: 'act',
      text: 'Nothing absorbed kill of inventory: no policy on its path spoke, and 320 requests of 400 went without a good answer.',
    });
  });

  it('do not cry over a fault that hurt nobody, but ask whether the load reaches it', () => {
    expect(kindsOf(experimentRecords(healthy))).toContain('fault-without-effect');
  });

  it('are silent where a fallback answered', () => {
    const answered = [policyRecord(2_500, 'fallback.answered')];
    expect(kindsOf(experimentRecords(healthy, { more: answered }))).toEqual(['policy-not-exercised']);
  });

  it('tell containment that still lost requests', () => {
    const opened = [
      policyRecord(2_500, 'circuit-breaker.opened'),
      policyRecord(5_000, 'circuit-breaker.closed'),
    ];
    expect(kindsOf(experimentRecords(hurt, { more: opened }))).toContain('fault-not-answered');
  });

  it('say that a fault that was not seen to bite proves nothing', () => {
    const observed: RunRecord = {
      at: 2_400,
      kind: 'fault.observed',
      experiment: experimentName,
      fault: { id: 'f1', fault: 'kill', target: 'inventory' },
      measure: 'state',
      before: 'up',
      during: 'up',
      bites: false,
    };
    const kinds = kindsOf(experimentRecords(healthy, { more: [observed] }));
    expect(kinds).toContain('fault-not-observed');
    expect(kinds).not.toContain('fault-without-effect');
  });

  it('see retries that multiply the load', () => {
    const counted = (at: number, attempts: number) =>
      policyRecord(at, 'calls.counted', { succeeded: 5, failed: 5, cancelled: 0, attempts });
    const more = [counted(1_000, 10), counted(3_000, 27)];
    const finding = learn(experimentRecords(hurt, { more })).findings.find(
      ({ kind }) => kind === 'retry-amplification',
    );
    expect(finding?.text).toBe(
      'inventory of gateway made 2.7× as many attempts as it was asked for while the fault was on (27 for 10 calls).',
    );
  });

  it('see a breaker that was never seen to recover, and a system that did not', () => {
    const more = [policyRecord(2_500, 'circuit-breaker.opened')];
    const kinds = kindsOf(experimentRecords((at) => sampleOf(25, at > 2_000 ? 5 : 25), { more }));
    expect(kinds).toContain('breaker-not-recovered');
    expect(kinds).toContain('not-steady-again');
  });

  it('admit when the generator itself was late, when events were lost, when an undo failed', () => {
    const more: RunRecord[] = [
      policyRecord(3_000, 'events.dropped', { count: 12 }),
      {
        at: 6_000,
        kind: 'fault.undone',
        experiment: experimentName,
        fault: { id: 'f1', fault: 'kill', target: 'inventory' },
        ok: false,
        detail: 'port in use',
      },
    ];
    const kinds = kindsOf(experimentRecords(() => sampleOf(25, 25, { lagMs: 300 }), { more, undone: false }));
    expect(kinds).toEqual(expect.arrayContaining(['generator-late', 'events-dropped', 'undo-failed']));
  });

  it('tell of a fault once: where the runner, which knows the map, has said it, they do not repeat it', () => {
    const text =
      'Nothing in gateway absorbed kill of inventory: no policy there spoke, while 12 of 30 calls failed.';
    const said = (words: string): RunRecord => ({
      at: 9_000,
      kind: 'finding',
      experiment: experimentName,
      text: words,
    });
    const { findings } = learn(experimentRecords(hurt, { more: [said(text)] }));
    expect(findings.map(({ kind, text: words }) => [kind, words])).toEqual([
      ['fault-not-absorbed', text],
      ['policy-not-exercised', expect.any(String)],
    ]);
    const other = learn(experimentRecords(hurt, { more: [said(text.replace('12 of 30', '14 of 31'))] }));
    expect(other.findings[0]?.id).toBe(findings[0]?.id);
  });

  it('do not take the harm of one fault for another’s, where calls were counted', () => {
    const counted = (pipeline: string, failed: number) =>
      policyRecord(3_000, 'calls.counted', { pipeline, succeeded: 5, failed, cancelled: 0, attempts: 5 });
    const kinds = (more: RunRecord[]) => kindsOf(experimentRecords(hurt, { more }));
    expect(kinds([counted('inventory', 0)])).not.toContain('fault-not-absorbed');
    expect(kinds([counted('inventory', 3)])).toContain('fault-not-absorbed');
    expect(kinds([counted('payment', 3)])).toContain('fault-without-effect');
  });

  it('say that a fault did not begin', () => {
    const fault = { id: 'f2', fault: 'hang', target: 'payment' };
    const observed: RunRecord = {
      at: 2_100,
      kind: 'fault.observed',
      experiment: experimentName,
      fault,
      measure: 'its beginning',
      before: '',
      during: 'no such process',
      bites: false,
    };
    expect(learn(experimentRecords(healthy, { more: [observed] })).findings[0]?.text).toBe(
      'Hang of payment did not begin: no such process. The run says nothing about this fault.',
    );
  });

  it('keep their names from run to run', () => {
    const ids = (seed: number) => learn(gameDayJournal('naive', seed)).findings.map(({ id }) => id);
    expect(ids(1)).toEqual(ids(2));
    expect(new Set(ids(1)).size).toBe(ids(1).length);
  });
});
