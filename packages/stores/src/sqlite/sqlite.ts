/**
 * Records in a SQLite file: the embedded default. Several processes on one machine may share the file; what is
 * acknowledged survives SIGKILL, and by default a power cut.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type Duration, OptionsError, parseDuration } from '@seaworthy/protect';
import { checkRecord, type StoredRecord, type TransactionalStore } from '@seaworthy/protect/store';
import { firstBeyond } from '../key-range.ts';
import { inTransaction, openFile, whenUnlocked } from './database.ts';
import { sqliteSchema, sqliteStatements } from './schema.ts';

/** How a SQLite store is set up: on a file of its own, or on a database that the user has open. */
export interface SqliteStoreOptions {
  /** The file, made where there is none. Not together with `database`. */
  readonly file?: string;
  /** The user's own open database, so that effects on it and records commit together. It stays open on `close`. */
  readonly database?: DatabaseSync;
  /**
   * What an acknowledged write survives: `'power-cut'` (default; waits for the disk) or `'crash'` of the process alone.
   * With `database` the user's own `PRAGMA synchronous` decides.
   */
  readonly survives?: 'power-cut' | 'crash';
  /** How long a call waits while other processes write, before STORE_UNAVAILABLE. Default 2 s. */
  readonly timeout?: Duration;
}

/** Every so many writes, records whose time is over are deleted. */
const writesBetweenSweeps = 256;
/** In SQLite every text comes before every blob. */
const beyondAll = new Uint8Array(1);

/**
 * Opens a store in SQLite.
 *
 * Work inside `createWith` is synchronous: on one connection there is one transaction at a time, and whatever else runs
 * while it is open would become part of it. Work that returns a promise is refused and rolled back.
 *
 * @throws OptionsError
 * @example const store = sqliteStore({ file: './payment-records.db' });
 */
export function sqliteStore(options: SqliteStoreOptions): TransactionalStore<DatabaseSync> {
  const timeoutMs = parseDuration('timeout', options.timeout ?? '2s', 1);
  const database = options.database ?? openFile(options.file, options.survives ?? 'power-cut', sqliteSchema);
  const patiently = <T>(work: () => T) => whenUnlocked(work, timeoutMs);
  database.exec(sqliteSchema);
  const readRow = database.prepare(sqliteStatements.read);
  const takeNumber = database.prepare(sqliteStatements.next);
  const putRow = database.prepare(sqliteStatements.put);
  const removeRow = database.prepare(sqliteStatements.remove);
  const scanRows = database.prepare(sqliteStatements.scan);
  const sweepRows = database.prepare(sqliteStatements.sweep);
  const readTime = database.prepare(sqliteStatements.now);
  let writes = 0;

  const read = (key: string) => readRow.get(key) as unknown as StoredRecord | undefined;
  const next = () => Number(takeNumber.get()?.['last']);
  function put(key: string, value: string, ttlMs: number | undefined): number {
    const version = next();
    putRow.run(key, value, version, ttlMs === undefined ? null : Math.ceil(ttlMs));
    if (++writes % writesBetweenSweeps === 0) sweepRows.run();
    return version;
  }

  const store: TransactionalStore<DatabaseSync> = {
    name: 'sqlite',
    async read(key) {
      checkRecord(key);
      return patiently(() => plain(read(key)));
    },
    async write(key, value, { expect, ttlMs } = {}) {
      checkRecord(key, value);
      return patiently(() =>
        inTransaction(database, () => {
          const current = read(key);
          if (
            expect === 'absent' ? current !== undefined : expect !== undefined && expect !== current?.version
          ) {
            return { written: false, current: plain(current) };
          }
          return { written: true, version: put(key, value, ttlMs) };
        }),
      );
    },
    async remove(key, version) {
      checkRecord(key);
      return patiently(() => Number(removeRow.run(key, version ?? null).changes) > 0);
    },
    scan: (prefix, { after = '', limit = 100 } = {}) =>
      patiently(() =>
        scanRows
          .all(prefix, after, firstBeyond(prefix) ?? beyondAll, limit)
          .map((row) => plain(row as unknown as StoredRecord)!),
      ),
    next: () => patiently(next),
    now: () => patiently(() => Number(readTime.get()?.['now'])),
    async createWith(key, work, { ttlMs, at } = {}) {
      checkRecord(key);
      const result = await patiently(() =>
        inTransaction(database, () => {
          const current = read(key);
          if (current !== undefined) return { written: false, current: plain(current) } as const;
          at?.('transaction-begun');
          const value = work(database);
          if (typeof value !== 'string') throw new OptionsError('work', 'a promise', 'synchronous on SQLite');
          at?.('effect-made');
          checkRecord(key, value);
          const version = put(key, value, ttlMs);
          at?.('record-written');
          return { written: true, version } as const;
        }),
      );
      if (result.written) at?.('committed');
      return result;
    },
    createIn(transaction, key, value, { ttlMs } = {}) {
      checkRecord(key, value);
      if (transaction !== database || !database.isTransaction) {
        throw new OptionsError(
          'transaction',
          transaction,
          'the database of this store, with a transaction open',
        );
      }
      const current = read(key);
      if (current !== undefined) return { written: false, current: plain(current) };
      return { written: true, version: put(key, value, ttlMs) };
    },
    async close() {
      if (options.database === undefined && database.isOpen) database.close();
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
  return Object.freeze(store);
}

/** A row has no prototype; a record is an ordinary object. */
function plain(row: StoredRecord | undefined): StoredRecord | undefined {
  return row && { ...row };
}
