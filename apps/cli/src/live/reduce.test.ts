import type { RunRecord } from '@seaworthy/break/journal';
import { describe, expect, it } from 'vitest';
import { paint } from './line.ts';
import { initialPlain, plainLines } from './plain.ts';
import { reduce } from './reduce.ts';
import { sampleEnding, sampleOf, sampleRecords, sampleStart } from './sample-records.ts';
import { barsMax, breakersMax, initialState, notableMax, recentSamples } from './state.ts';

const records = sampleRecords();
const whole = records.reduce(reduce, initialState());

function policy(type: string, pipeline: string, service = 'gateway'): RunRecord {
  return { at: sampleStart, kind: 'policy', service, event: { type, pipeline } };
}

describe('the view of a run', () => {
  it('is the same object after a record that shows nothing', () => {
    expect(reduce(whole, policy('calls.counted', 'inventory'))).toBe(whole);
    expect(reduce(whole, policy('toString', 'inventory'))).toBe(whole);
  });

  it('knows the last state of every breaker', () => {
    const state = [
      policy('circuit-breaker.opened', 'a'),
      policy('circuit-breaker.opened', 'b'),
      policy('circuit-breaker.half-opened', 'a'),
    ].reduce(reduce, initialState());
    expect(state.breakers).toEqual([
      { service: 'gateway', pipeline: 'b', state: 'open' },
      { service: 'gateway', pipeline: 'a', state: 'half open' },
    ]);
  });

  it('forgets the breakers of a process that is gone', () => {
    const opened = reduce(initialState(), policy('circuit-breaker.opened', 'a'));
    const gone = {
      at: 1,
      kind: 'service',
      service: 'gateway',
      state: 'exited',
      pid: 1,
      detail: undefined,
    } as const;
    expect(reduce(opened, gone).breakers).toEqual([]);
  });

  it('tells of an event that comes by the hundred once in an experiment', () => {
    const texts = whole.notable.map(({ text }) => text);
    expect(texts.filter((text) => text.includes('fallback'))).toEqual([
      'fallback inventory in gateway answers',
    ]);
  });

  it('ends a fault that was undone, and does not begin it again when it is measured once more', () => {
    const fault = { id: 'f1', fault: 'kill', target: 'inventory' };
    const experiment = 'Payment answers slowly';
    const undone = reduce(whole, {
      at: 1,
      kind: 'fault.undone',
      experiment,
      fault,
      ok: true,
      detail: undefined,
    });
    const measured = { measure: 'answers', before: '200', during: '200', bites: false };
    const after = reduce(undone, { at: 2, kind: 'fault.observed', experiment, fault, ...measured });
    expect(whole.current?.faults.map((row) => row.state)).toEqual(['bites']);
    expect(after.current?.faults).toEqual([]);
  });

  it('keeps no more than it shows, however long a run is', () => {
    let state = whole;
    for (let n = 0; n < 1_000; n++) {
      state = reduce(state, policy('circuit-breaker.opened', `pipeline-${n}`));
      state = reduce(state, {
        at: sampleStart + n,
        kind: 'load',
        experiment: 'Payment answers slowly',
        sample: sampleOf(1, 0, 1),
      });
    }
    expect(state.breakers).toHaveLength(breakersMax);
    expect(state.notable).toHaveLength(notableMax);
    expect(state.current?.load.bars).toHaveLength(barsMax);
    expect(state.current?.load.recent).toHaveLength(recentSamples);
  });
});

describe('the plain lines of a run', () => {
  it('say what changed, and when', () => {
    let state = initialState();
    let plain = initialPlain;
    const lines: string[] = [];
    for (const record of [...records, ...sampleEnding(records.at(-1)?.at ?? 0)]) {
      const next = reduce(state, record);
      const told = plainLines(plain, record, state, next);
      lines.push(...told.lines.map((line) => paint(line, false)));
      state = next;
      plain = told.state;
    }
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "  0:00  Game Day of the shop · protected · seed 1
        0:00  gateway starting
        0:00  gateway ready
        0:00  inventory starting
        0:00  inventory ready
        0:00  payment starting
        0:01  payment ready

        0:01  [1/3] Inventory is down
        0:01  measuring the steady state
        0:04  load: 600 good, 0 bad, success 100 %, worst p99 12 ms
        0:04  faults begin
        0:04  fault kill is on inventory
        0:04  inventory was ended by SIGKILL
        0:05  circuit-breaker inventory in gateway opened
        0:05  fallback inventory in gateway answers
        0:05  fault kill on inventory bites; answers of inventory; before: 200; now: refused
        0:07  fault kill on inventory is undone
        0:07  load: 472 good, 128 bad, success 78.6 %, worst p99 180 ms
        0:07  faults are over, watching
        0:07  circuit-breaker inventory in gateway closed
        0:09  load: 400 good, 0 bad, success 100 %, worst p99 12 ms
        0:09  judging
        0:09  ✓ success rate of load >= 99%: 99.4 %
        0:09  ✓ Inventory is down: held

        0:09  [2/3] Payment answers slowly
        0:09  measuring the steady state
        0:12  load: 600 good, 0 bad, success 100 %, worst p99 12 ms
        0:12  faults begin
        0:12  fault kill is on inventory
        0:12  inventory was ended by SIGKILL
        0:13  circuit-breaker inventory in gateway opened
        0:13  fallback inventory in gateway answers
        0:13  fault kill on inventory bites; answers of inventory; before: 200; now: refused
        0:15  fault kill on inventory is undone
        0:15  load: 472 good, 128 bad, success 78.6 %, worst p99 180 ms
        0:15  judging
        0:15  ✗ success rate of load >= 99%: 71.2 % of 1180 requests; 339 were answered with status 503
        0:15  ✓ steady again within 5s: 1.5 s
        0:15  finding: Nothing absorbed the fault kill on inventory.
        0:15  ✗ Payment answers slowly: failed"
    `);
  });
});
