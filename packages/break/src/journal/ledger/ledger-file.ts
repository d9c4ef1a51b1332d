import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LedgerLine } from './entry.ts';

/** The file of a ledger that is being written. */
export interface LedgerFile {
  /**
   * Adds a line after those before it.
   *
   * @param durable - resolve only once the disk has it
   */
  append(line: LedgerLine, durable: boolean): Promise<void>;
  /** Closes the file after what was added before. */
  close(): Promise<void>;
}

/** Makes the file; there must be none yet. */
export async function createLedgerFile(file: string): Promise<LedgerFile> {
  const handle = await open(file, 'ax', 0o600);
  await syncFolder(dirname(file));
  return writeLedger(handle);
}

/** Writes a ledger to an open file. */
export function writeLedger(handle: Pick<FileHandle, 'appendFile' | 'datasync' | 'close'>): LedgerFile {
  let last: Promise<unknown> = Promise.resolve();
  let torn = false;

  const inOrder = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
  return {
    append: (line, durable) =>
      inOrder(async () => {
        // A line that a full disk cut off must not swallow the next one.
        const text = `${torn ? '\n' : ''}${JSON.stringify(line)}\n`;
        torn = true;
        await handle.appendFile(text);
        torn = false;
        if (durable) await handle.datasync();
      }),
    close: () => inOrder(() => handle.close()),
  };
}

/** A new file is only durable once its folder is. Not every system lets a folder be opened; then it must do without. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch {
  } finally {
    await handle?.close();
  }
}
