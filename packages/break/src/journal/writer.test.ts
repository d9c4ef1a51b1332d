import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { note, runStarted } from './fixtures/records.ts';
import { readJournal } from './reader.ts';
import { type Journal, openJournal } from './writer.ts';

let folder: string;
let journal: Journal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
  journal = await openJournal(folder);
});
afterEach(async () => {
  await journal.close();
  await rm(folder, { recursive: true });
});

describe('writing a journal', () => {
  it('tells listeners of every record until they leave', () => {
    const heard: string[] = [];
    const leave = journal.subscribe(({ kind }) => heard.push(kind));
    journal.write(runStarted);
    journal.write(note('one'));
    leave();
    journal.write(note('two'));
    expect(heard).toEqual(['run.started', 'note']);
  });

  it('lets the same listener be added twice and leave once', () => {
    const listener = vi.fn();
    journal.subscribe(listener);
    journal.subscribe(listener)();
    journal.write(runStarted);
    expect(listener).toHaveBeenCalledOnce();
  });

  it('is not stopped by a listener that throws, and reports it once', () => {
    const report = vi.spyOn(console, 'error').mockImplementation(() => {});
    const heard: string[] = [];
    journal.subscribe(() => {
      throw new Error('a broken view');
    });
    journal.subscribe(({ kind }) => heard.push(kind));
    journal.write(runStarted);
    journal.write(note('one'));
    expect(heard).toEqual(['run.started', 'note']);
    expect(report).toHaveBeenCalledOnce();
    report.mockRestore();
  });

  it('begins with the run', () => {
    expect(() => journal.write(note('too early'))).toThrow(
      expect.objectContaining({ code: 'JOURNAL_ORDER' }) as Error,
    );
  });

  it('takes nothing after it was closed, and may be closed twice', async () => {
    journal.write(runStarted);
    await journal.close();
    await journal.close();
    expect(() => journal.write(note('too late'))).toThrow(
      expect.objectContaining({ code: 'JOURNAL_CLOSED' }) as Error,
    );
  });

  it('never writes over another one', async () => {
    await expect(openJournal(folder)).rejects.toMatchObject({ code: 'JOURNAL_EXISTS' });
  });

  it('says where it could not be made', async () => {
    await expect(openJournal(join(folder, 'missing'))).rejects.toMatchObject({
      code: 'JOURNAL_WRITE_FAILED',
      message: expect.stringContaining('no such file or folder') as string,
    });
  });

  it('takes tens of thousands of records at once, and loses none', async () => {
    journal.write(runStarted);
    const count = 50_000;
    for (let n = 0; n < count; n++) journal.write(note(`note ${n}`));
    await journal.close();
    let read = 0;
    for await (const record of readJournal(folder)) {
      if (record.kind !== 'note') continue;
      expect(record.text).toBe(`note ${read}`);
      read++;
    }
    expect(read).toBe(count);
  });
});
