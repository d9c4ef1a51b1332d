import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { array, assert, asyncProperty, constantFrom, nat } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anyRecord, note, runStarted } from './fixtures/records.ts';
import { readJournal } from './reader.ts';
import type { RunRecord } from './record.ts';
import { journalFile, openJournal } from './writer.ts';

let base: string;
let runs = 0;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'journal-'));
});
afterEach(() => rm(base, { recursive: true }));

async function newFolder(): Promise<string> {
  return mkdtemp(join(base, `run-${runs++}-`));
}

async function write(folder: string, records: readonly RunRecord[]): Promise<void> {
  const journal = await openJournal(folder);
  for (const record of records) journal.write(record);
  await journal.close();
}

async function read(folder: string): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  for await (const record of readJournal(folder)) records.push(record);
  return records;
}

describe('a journal', () => {
  it('gives back what was written, in order, whatever the texts', async () => {
    await assert(
      asyncProperty(array(anyRecord, { maxLength: 20 }), async (records) => {
        const folder = await newFolder();
        const all = [runStarted, ...records];
        await write(folder, all);
        expect(await read(folder)).toEqual(all);
      }),
      { numRuns: 60 },
    );
  });

  it('that a crash cut off anywhere gives back a beginning of what was written, and no error', async () => {
    const folder = await newFolder();
    const all = [runStarted, note('größer 🚢'), note('\u2028'), note('last')];
    await write(folder, all);
    const whole = await readFile(join(folder, journalFile));
    for (let length = 0; length <= whole.length; length++) {
      await writeFile(join(folder, journalFile), whole.subarray(0, length));
      const records = await read(folder);
      expect(records).toEqual(all.slice(0, records.length));
      const linesWhole = whole.subarray(0, length).toString('latin1').split('\n').length - 1;
      expect(records.length).toBeGreaterThanOrEqual(linesWhole);
    }
  });

  it('with any one line damaged names that line, unless it is the cut-off last one', async () => {
    const records = [runStarted, ...Array.from({ length: 9 }, (_, n) => note(`note ${n}`))];
    const folder = await newFolder();
    await write(folder, records);
    const lines = (await readFile(join(folder, journalFile), 'utf8')).trimEnd().split('\n');
    const damage = constantFrom(
      '',
      '{',
      '[]',
      'null',
      '"text"',
      '{"at":1}',
      '{"at":"1","kind":"note"}',
      '\0\0',
    );
    await assert(
      asyncProperty(nat({ max: lines.length - 1 }), damage, async (index, text) => {
        const damaged = lines.with(index, text);
        await writeFile(join(folder, journalFile), `${damaged.join('\n')}\n`);
        await expect(read(folder)).rejects.toMatchObject({
          code: 'JOURNAL_DAMAGED',
          message: expect.stringContaining(`Line ${index + 1} of ${join(folder, journalFile)}`) as string,
        });
      }),
      { numRuns: 60 },
    );
  });
});
