import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paint, widthOf } from './line.ts';
import { reduce } from './reduce.ts';
import { finishedLine, render } from './render.ts';
import { sampleEnding, sampleRecords, sampleStart } from './sample-records.ts';
import { initialState, type LiveState } from './state.ts';
import { summary } from './summary.ts';

const plan = [
  { name: 'Inventory is down', beforeMs: 3_000, faultMs: 5_000, afterMs: 5_000 },
  { name: 'Payment answers slowly', beforeMs: 3_000, faultMs: 10_000, afterMs: 5_000 },
];
const records = sampleRecords();
const lastAt = records.at(-1)?.at ?? 0;

function stateAfter(count: number): LiveState {
  return records.slice(0, count).reduce(reduce, initialState(plan));
}

function picture(state: LiveState, columns: number, now: number, rows = 40): string {
  return render(state, { columns, rows, now })
    .map((line) => paint(line, false))
    .join('\n');
}

describe('the live view', () => {
  it('says that it starts before anything is known', () => {
    expect(picture(initialState(), 80, sampleStart)).toBe(`\n Starting${' '.repeat(67)}0:00`);
  });

  it('shows the services while they start', () => {
    expect(picture(stateAfter(4), 80, sampleStart + 700)).toMatchInlineSnapshot(`
      "
       Game Day of the shop · protected                                           0:00
       services  gateway ready · inventory starting"
    `);
  });

  it('shows the experiment, its fault and what the policies do', () => {
    expect(picture(stateAfter(records.length), 80, lastAt)).toMatchInlineSnapshot(`
      "
       Game Day of the shop · protected                                           0:15
       2 of 3    Payment answers slowly
       phase     fault · 7 s left  ━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
       faults    kill inventory: on, seen to bite
       goodput   ██████▄▄████  196/s good of 200/s due
                       ▔▔▔▔▔▔
       success   98.0 %    p99 30 ms    in flight 12
       breakers  inventory in gateway: open

        0:12     fault kill is on inventory
        0:12     inventory was ended by SIGKILL
        0:13     circuit-breaker inventory in gateway opened
        0:13     fallback inventory in gateway answers"
    `);
  });

  it('fits in 60 columns', () => {
    expect(picture(stateAfter(records.length), 60, lastAt)).toMatchInlineSnapshot(`
      "
       Game Day of the shop · protected                       0:15
       2 of 3    Payment answers slowly
       phase     fault · 7 s left  ━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌
       faults    kill inventory: on, seen to bite
       goodput   ██████▄▄████  196/s good of 200/s due
                       ▔▔▔▔▔▔
       success   98.0 %    p99 30 ms    in flight 12
       breakers  inventory in gateway: open

        0:12     fault kill is on inventory
        0:12     inventory was ended by SIGKILL
        0:13     circuit-breaker inventory in gateway opened
        0:13     fallback inventory in gateway answers"
    `);
  });

  it('keeps one line of a finished experiment', () => {
    const [finished] = stateAfter(records.length).finished;
    if (finished === undefined) throw new Error('The sample has a finished experiment.');
    expect(paint(finishedLine(finished, 3, 80), false)).toMatchInlineSnapshot(
      `" ✓ 1/3 Inventory is down                                             held   0:08"`,
    );
    expect(paint(finishedLine(finished, 3, 40), false)).toMatchInlineSnapshot(
      `" ✓ 1/3 Inventory is down     held   0:08"`,
    );
  });

  it('sums up what was expected and what was seen, and where to read on', () => {
    const state = sampleEnding(lastAt).reduce(reduce, stateAfter(records.length));
    const lines = summary(state, [{ name: 'report', path: '/runs/1/report.html' }], 80);
    expect(lines.map((line) => paint(line, false)).join('\n')).toMatchInlineSnapshot(`
      "
       ✓ 1 Inventory is down                                       held  1 of 1   0:08
       ✗ 2 Payment answers slowly                                failed  1 of 2   0:06
       - Everything at once                                                    not run

       2 Payment answers slowly
         expected   success rate of load >= 99%
         seen       71.2 % of 1180 requests; 339 were answered with status 503
         finding    Nothing absorbed the fault kill on inventory.

       ✗ failed  A hypothesis did not hold. 2 of 3 hypotheses in 2 experiments held.

       report  /runs/1/report.html"
    `);
  });

  it('puts colours on nothing but what words and marks say already', () => {
    const lines = render(stateAfter(records.length), { columns: 80, rows: 40, now: lastAt });
    const bare = lines.map((line) => stripVTControlCharacters(paint(line, true)).trimEnd());
    expect(bare).toEqual(lines.map((line) => paint(line, false)));
  });

  it('never draws more columns or rows than there are, at any moment of a run', () => {
    fc.assert(
      fc.property(
        fc.nat(records.length),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(100_000),
        (count, columns, rows, laterMs) => {
          const lines = render(stateAfter(count), { columns, rows, now: sampleStart + laterMs });
          expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
          for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
        },
      ),
    );
  });
});
