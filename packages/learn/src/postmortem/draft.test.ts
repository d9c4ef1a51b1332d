import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learn } from '../lessons.ts';
import { arbitraryRecords } from '../testing/arbitrary-records.ts';
import { gameDayJournal } from '../testing/game-day-journal.ts';
import { experimentRecords, sampleOf } from '../testing/records.ts';
import { postMortemDraft } from './draft.ts';
import { lintBlame } from './lint-blame.ts';

const naive = postMortemDraft(learn(gameDayJournal('naive')));

describe('postMortemDraft', () => {
  it('has every section, in order', () => {
    expect(naive.match(/^## .+$/gm)).toEqual([
      '## Summary',
      '## Impact',
      '## Trigger',
      '## Contributing factors',
      '## Detection',
      '## Timeline',
      '## What went well',
      '## What went less well',
      '## Where we were lucky',
      '## Action items',
      '## Supporting information',
    ]);
  });

  it('has the timeline filled in, in order, from before the fault to the end', () => {
    const [first] = naive.split('## Timeline')[1]?.split('### ').slice(1) ?? [];
    const rows = (first ?? '').split('\n').filter((line) => line.startsWith('| 10:'));
    expect(rows[0]).toContain('Experiment begins; steady at');
    expect(rows.some((row) => row.includes('Fault begins: kill of inventory'))).toBe(true);
    expect(rows.some((row) => row.includes('Fault undone: kill of inventory'))).toBe(true);
    expect(rows.at(-1)).toContain('Experiment ends: did not hold');
    const times = rows.map((row) => row.slice(2, 12));
    expect(times).toEqual([...times].sort());
  });

  it('proposes a typed action with a check for each experiment that failed', () => {
    const actions = naive.split('## Action items')[1] ?? '';
    expect(actions.match(/^\| \d+ \| (?:prevent|detect|mitigate) \|/gm)).toHaveLength(12);
    expect(actions).toContain('Every hypothesis holds in “All at once”');
  });

  it('measures the impact', () => {
    expect(naive).toMatch(/“All at once” \| 2\u202F\d{3} \| \d+ \(\d+ %\) \|/);
    expect(postMortemDraft(learn(experimentRecords(() => undefined)))).toContain('No load was sent');
    expect(postMortemDraft(learn(experimentRecords(() => sampleOf(25, 20))))).toContain(
      '| 1\u202F000 | 200 (20 %) |',
    );
  });

  it('blames nobody itself, whatever words the run brings', () => {
    expect(lintBlame(naive)).toEqual([]);
    const blaming = gameDayJournal('naive').map((record) =>
      record.kind === 'expectation' ? { ...record, seen: 'human error “should have” `careless`' } : record,
    );
    expect(lintBlame(postMortemDraft(learn(blaming)))).toEqual([]);
    fc.assert(
      fc.property(arbitraryRecords, (records) => {
        expect(lintBlame(postMortemDraft(learn(records)))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
