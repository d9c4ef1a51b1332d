import type { Timers } from '@seaworthy/protect';
import { array, assert, asyncProperty, constantFrom, nat, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AppendableFile, createAppender } from './appender.ts';

/** Timers that are due at once. */
const atOnce: Timers = {
  set(callback) {
    const handle = setImmediate(callback);
    return { cancel: () => clearImmediate(handle) };
  },
};

/** What the disk does with one write: takes all, takes a part, or none and fails. */
type DiskAnswer = 'all' | 'part' | 'full';

/** A file in memory on a disk that answers as told, and then takes all. */
function fileOn(answers: readonly DiskAnswer[]) {
  const next = answers[Symbol.iterator]();
  let written = Buffer.alloc(0);
  let open = true;
  const file = {
    async write(buffer: Buffer, offset: number, length: number) {
      await new Promise((resolve) => setImmediate(resolve));
      const answer = next.next().value ?? 'all';
      if (answer === 'full') throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      const bytesWritten = answer === 'part' ? Math.ceil(length / 2) : length;
      written = Buffer.concat([written, buffer.subarray(offset, offset + bytesWritten)]);
      return { bytesWritten, buffer };
    },
    sync: async () => {},
    async close() {
      open = false;
    },
  };
  return {
    file: file as unknown as AppendableFile,
    text: () => written.toString('utf8'),
    isOpen: () => open,
  };
}

const anyAnswer = constantFrom<DiskAnswer>('all', 'part', 'full');

describe('an appender', () => {
  it('keeps every text, in order, on a disk that is full now and then', async () => {
    const texts = array(string({ unit: 'grapheme' }), { maxLength: 30 });
    await assert(
      asyncProperty(
        texts,
        array(anyAnswer, { maxLength: 20 }),
        nat({ max: 5 }),
        async (all, answers, pause) => {
          const disk = fileOn(answers);
          const appender = createAppender('journal', disk.file, { timers: atOnce });
          for (const [n, text] of all.entries()) {
            appender.append(text);
            if (pause > 0 && n % pause === 0) await new Promise((resolve) => setImmediate(resolve));
          }
          // Let the disk come to the end of its bad days.
          for (let turn = 0; turn < 80; turn++) await new Promise((resolve) => setImmediate(resolve));
          await appender.close();
          expect(disk.text()).toBe(all.join(''));
          expect(disk.isOpen()).toBe(false);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('says at the end that a disk which stayed full did not take the last lines, and lets the file go', async () => {
    const disk = fileOn(Array.from({ length: 1000 }, () => 'full' as const));
    const appender = createAppender('journal.jsonl', disk.file, { timers: atOnce });
    appender.append('lost\n');
    await expect(appender.close()).rejects.toMatchObject({
      code: 'JOURNAL_WRITE_FAILED',
      message: 'The last lines could not be written to journal.jsonl: the disk is full.',
    });
    expect(disk.isOpen()).toBe(false);
  });

  it('holds no more than its bound, and counts what it lost', async () => {
    const disk = fileOn([]);
    const appender = createAppender('journal.jsonl', disk.file, { timers: atOnce, waitingMax: 10 });
    // The first is on its way to the disk at once; of the rest ten characters may wait.
    for (const text of ['aaaaa', 'bbbbb', 'ccccc', 'ddddd', 'eeeee']) appender.append(text);
    await expect(appender.close()).rejects.toMatchObject({
      code: 'JOURNAL_WRITE_FAILED',
      message: expect.stringContaining('2 lines could not be written') as string,
    });
    expect(disk.text()).toBe('aaaaabbbbbccccc');
  });
});
