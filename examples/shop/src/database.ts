/**
 * A service's database: one SQLite file in its data folder, of its own; no service reads another's.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Opens `NAME.db`, makes it where there is none, and runs `schema`, which must be safe to run again. */
export function openDatabase(folder: string, name: string, schema: string): DatabaseSync {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, `${name}.db`));
  // The write-ahead log lets a reader look while we write. With FULL a commit is on the disk when it returns, so
  // that neither SIGKILL nor a power cut takes back what a customer was told.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;');
  database.exec(schema);
  return database;
}

/** Runs `work` so that all of it happens, or nothing. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  // IMMEDIATE takes the write lock at once: what is read first is still true when it is written.
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // After some errors, a full disk for one, SQLite has rolled back already; the first error is the one to tell.
  }
}
