import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { learn } from '../lessons.ts';
import { arbitraryRecords } from '../testing/arbitrary-records.ts';
import { gameDayJournal } from '../testing/game-day-journal.ts';
import { readHistory } from './read-history.ts';
import { readSummary } from './read-summary.ts';
import { summaryFileName } from './summary.ts';

const { summary } = learn(gameDayJournal('protected'));

describe('readSummary', () => {
  it('reads what is written', () => {
    expect(readSummary(JSON.stringify(summary))).toEqual({ ok: true, summary });
  });

  it('reads what is written of any run', () => {
    fc.assert(
      fc.property(arbitraryRecords, (records) => {
        const written = JSON.stringify(learn(records).summary);
        const reading = readSummary(written);
        expect(reading).toMatchObject({ ok: true });
        expect(reading.ok && JSON.stringify(reading.summary)).toBe(written);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['no JSON', '{', 'it is no JSON'],
    ['a list', '[]', 'the summary is no object'],
    [
      'a newer version',
      JSON.stringify({ ...summary, version: 2 }),
      'its version is 2, and this reads version 1',
    ],
    ['a missing field', JSON.stringify({ ...summary, runId: undefined }), '"runId" is no text'],
    ['an unknown verdict', JSON.stringify({ ...summary, verdict: 'toString' }), '"toString" is no verdict'],
    ['a wrong list', JSON.stringify({ ...summary, actions: 'x' }), '"actions" is no list'],
  ])('refuses %s with the reason', (_, text, why) => {
    expect(readSummary(text)).toEqual({ ok: false, why });
  });
});

describe('readHistory', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seaworthy-history-'));
    const put = async (name: string, text: string) => {
      await mkdir(join(folder, name), { recursive: true });
      await writeFile(join(folder, name, summaryFileName), text);
    };
    await put('2026-b', JSON.stringify({ ...summary, runId: 'second', startedAt: 2 }));
    await put('2026-c', JSON.stringify({ ...summary, runId: 'first', startedAt: 1 }));
    await put('2026-d', 'broken');
    await mkdir(join(folder, 'no-run'));
    await writeFile(join(folder, 'a-file'), '');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads every run from the earliest on, and names what it passed over', async () => {
    const history = await readHistory(folder);
    expect(history.runs.map(({ runId }) => runId)).toEqual(['first', 'second']);
    expect(history.skipped).toEqual([{ folder: '2026-d', why: 'it is no JSON' }]);
  });

  it('takes a folder that is not there for no history', async () => {
    expect(await readHistory(join(folder, 'nowhere'))).toEqual({ runs: [], skipped: [] });
  });
});
