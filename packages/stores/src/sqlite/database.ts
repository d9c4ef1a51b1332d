/** A SQLite file that several processes on one machine share, and how to wait for it without blocking this one. */
import { DatabaseSync } from 'node:sqlite';
import { createNativeTimers, monotonicClock, OptionsError } from '@seaworthy/protect';
import { StoreUnavailableError } from '@seaworthy/protect/store';

/** How long SQLite itself may wait for a lock, in milliseconds: it blocks the whole process meanwhile. */
const blockingMsMax = 5;
/** SQLite's result code for a database that another connection has locked. */
const busyCode = 5;

const timers = createNativeTimers();

/** Opens a file, and makes what `schema` describes. @throws OptionsError */
export function openFile(
  file: string | undefined,
  survives: 'power-cut' | 'crash',
  schema: string,
): DatabaseSync {
  if (typeof file !== 'string' || file === '') {
    throw new OptionsError('file', file, 'the path of a file, where no `database` is given');
  }
  if (survives !== 'power-cut' && survives !== 'crash') {
    throw new OptionsError('survives', survives, "'power-cut' or 'crash'");
  }
  const database = new DatabaseSync(file, { timeout: 2_000 });
  const synchronous = survives === 'power-cut' ? 'FULL' : 'NORMAL';
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
  database.exec(schema);
  database.exec(`PRAGMA busy_timeout = ${blockingMsMax};`);
  return database;
}

/** Does `work` as soon as no other process holds the lock, without blocking this one. @throws StoreUnavailableError */
export async function whenUnlocked<T>(work: () => T, timeoutMs: number): Promise<T> {
  const giveUpAt = monotonicClock.now() + timeoutMs;
  for (let waitMs = 1; ; waitMs = Math.min(20, waitMs * 2)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (monotonicClock.now() + waitMs > giveUpAt) {
        throw new StoreUnavailableError('sqlite', `it was locked for ${timeoutMs} ms`, error);
      }
      await new Promise<void>((resolve) => void timers.set(resolve, waitMs));
    }
  }
}

/** All of `work` happens, or nothing. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  // IMMEDIATE takes the write lock at once: what is read first is still true when it is written.
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // After some errors, a full disk for one, SQLite has rolled back already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode;
  // The lower eight bits are the code; the higher ones say more about it.
  return typeof code === 'number' && (code & 0xff) === busyCode;
}
