import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { note, runStarted } from './fixtures/records.ts';
import { readJournal } from './reader.ts';
import { journalFile } from './writer.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function readAll(): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const record of readJournal(folder)) records.push(record);
  return records;
}

async function readLines(...lines: readonly unknown[]): Promise<unknown[]> {
  await writeFile(join(folder, journalFile), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return readAll();
}

describe('reading a journal', () => {
  it('says which folder has none', async () => {
    await expect(readAll()).rejects.toMatchObject({
      code: 'JOURNAL_MISSING',
      message: expect.stringContaining(folder) as string,
    });
  });

  it('refuses a newer version before anything is read', async () => {
    const read = readLines({ ...runStarted, version: 2 }, note('unread'));
    await expect(read).rejects.toMatchObject({
      code: 'JOURNAL_VERSION',
      message: expect.stringMatching(/has version 2.*reads version 1.*Update/) as string,
    });
  });

  it.each([0, '1', null, undefined])('takes the version %j for damage', async (version) => {
    await expect(readLines({ ...runStarted, version })).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });

  it('refuses one that does not begin with its run', async () => {
    await expect(readLines(note('first'), runStarted)).rejects.toMatchObject({
      code: 'JOURNAL_DAMAGED',
      message: expect.stringMatching(/^Line 1 .*begins with `run.started`, not with `note`/) as string,
    });
  });

  it('refuses a kind of record that it does not know', async () => {
    await expect(readLines(runStarted, { at: 1, kind: 'toString' })).rejects.toMatchObject({
      code: 'JOURNAL_DAMAGED',
      message: expect.stringContaining('Line 2 of') as string,
    });
  });

  it('gives what it read before the damaged line', async () => {
    await writeFile(join(folder, journalFile), `${JSON.stringify(runStarted)}\n{"at"\n`);
    const journal = readJournal(folder);
    expect((await journal.next()).value).toEqual(runStarted);
    await expect(journal.next()).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });

  it('reads lines of many chunks', async () => {
    const long = note('x'.repeat(3 * 2 ** 20));
    expect(await readLines(runStarted, long, note('after'))).toEqual([runStarted, long, note('after')]);
  });

  it('takes an endless line for damage, and does not hold it', async () => {
    await writeFile(join(folder, journalFile), `${JSON.stringify(runStarted)}\n${'x'.repeat(20 * 2 ** 20)}`);
    await expect(readAll()).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });
});
