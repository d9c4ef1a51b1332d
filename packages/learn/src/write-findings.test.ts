import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gameDayJournal } from './testing/game-day-journal.ts';
import { FindingsError, writeFindings } from './write-findings.ts';

const files = ['post-mortem.md', 'report.html', 'report.md', 'summary.json'];

describe('writeFindings', () => {
  let runs = '';
  let folder = '';
  beforeEach(async () => {
    runs = await mkdtemp(join(tmpdir(), 'seaworthy-findings-'));
    folder = join(runs, 'one');
    await mkdir(folder);
  });
  afterEach(() => rm(runs, { recursive: true }));

  it('writes four files and nothing else', async () => {
    const written = await writeFindings(folder, gameDayJournal('protected'), { historyFolder: runs });
    expect((await readdir(folder)).sort()).toEqual(files);
    expect(written.reportHtml).toBe(join(folder, 'report.html'));
    expect(await readFile(written.reportHtml, 'utf8')).toContain('All 33 hypotheses held.');
    expect(written.lessons.scorecard.adaptability.measured).toBe(false);
  });

  it('remembers: the next run is compared with this one', async () => {
    await writeFindings(folder, gameDayJournal('naive'), { historyFolder: runs });
    const later = join(runs, 'two');
    await mkdir(later);
    const next = gameDayJournal('naive').map((record) => ({
      ...record,
      at: record.at + 3_600_000,
      ...(record.kind === 'run.started' ? { runId: 'next' } : {}),
    }));
    const { lessons } = await writeFindings(later, next, { historyFolder: runs });
    const { adaptability } = lessons.scorecard;
    expect(adaptability.measured && adaptability.value.stillFailing).toHaveLength(24);
    expect(await readFile(join(later, 'report.md'), 'utf8')).toContain('0 learned, 0 lost');
  });

  it('writes the same once more, and over no post-mortem that people have written in', async () => {
    const records = gameDayJournal('protected');
    const first = await writeFindings(folder, records, { historyFolder: runs });
    const again = await writeFindings(folder, records, { historyFolder: runs });
    expect(again.postMortem).toBe(first.postMortem);
    await writeFile(first.postMortem, 'What we learned.');
    const third = await writeFindings(folder, records, { historyFolder: runs });
    expect(third.postMortem).toBe(join(folder, 'post-mortem.draft.md'));
    expect(await readFile(first.postMortem, 'utf8')).toBe('What we learned.');
  });

  it('leaves nothing half-written where it cannot write, and says so', async () => {
    // A folder in a file's place cannot be replaced by a file, whoever asks.
    await mkdir(join(folder, 'report.html'));
    await writeFile(join(folder, 'report.html', 'kept'), '');
    const writing = writeFindings(folder, gameDayJournal('protected'), { historyFolder: runs });
    await expect(writing).rejects.toThrow(FindingsError);
    await expect(writing).rejects.toMatchObject({ code: 'FINDINGS_UNWRITABLE' });
    expect(await readdir(folder)).toEqual(['report.html']);
  });

  it('names the folder that is not there', async () => {
    const missing = join(runs, 'missing');
    await expect(writeFindings(missing, [], { historyFolder: runs })).rejects.toThrow(missing);
  });
});
