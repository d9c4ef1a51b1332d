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
  // The write-ahead log lets a reader look while we write, and what is committed survives the death of the process.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;');
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

/**
 * As {@link inTransaction}, and what was written is on the disk when it returns: for what others are told and rely on,
 * since a power cut may take back the last moments of everything else. It waits for the disk, some milliseconds.
 */
export function inDurableTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('PRAGMA synchronous = FULL');
  try {
    return inTransaction(database, work);
  } finally {
    database.exec('PRAGMA synchronous = NORMAL');
  }
}

function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // After some errors, a full disk for one, SQLite has rolled back already; the first error is the one to tell.
  }
}
