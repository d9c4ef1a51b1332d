/**
 * Records in a SQLite file: the embedded default. Several processes on one machine may share the file; what is
 * acknowledged survives SIGKILL, and by default a power cut.
 */
import { DatabaseSync } from 'node:sqlite';
import {
  createNativeTimers,
  type Duration,
  monotonicClock,
  OptionsError,
  parseDuration,
} from '@seaworthy/protect';
import {
  checkRecord,
  type StoredRecord,
  StoreUnavailableError,
  type TransactionalStore,
} from '@seaworthy/protect/store';
import { firstBeyond } from '../key-range.ts';
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

/** How long SQLite itself may wait for a lock, in milliseconds: it blocks the whole process meanwhile. */
const blockingMsMax = 5;
/** Every so many writes, records whose time is over are deleted. */
const writesBetweenSweeps = 256;
/** In SQLite every text comes before every blob. */
const beyondAll = new Uint8Array(1);
/** SQLite's result code for a database that another connection has locked. */
const busyCode = 5;

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
  const database = options.database ?? openFile(options);
  const timers = createNativeTimers();
  const sleep = (ms: number) => new Promise<void>((resolve) => void timers.set(resolve, ms));

  /** Does `work` as soon as no other process holds the lock, without blocking this one. */
  async function patiently<T>(work: () => T): Promise<T> {
    const giveUpAt = monotonicClock.now() + timeoutMs;
    for (let waitMs = 1; ; waitMs = Math.min(20, waitMs * 2)) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (monotonicClock.now() + waitMs > giveUpAt) {
          throw new StoreUnavailableError('sqlite', `it was locked for ${timeoutMs} ms`, error);
        }
        await sleep(waitMs);
      }
    }
  }

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

function openFile({ file, survives = 'power-cut' }: SqliteStoreOptions): DatabaseSync {
  if (typeof file !== 'string' || file === '') {
    throw new OptionsError('file', file, 'the path of a file, where no `database` is given');
  }
  if (survives !== 'power-cut' && survives !== 'crash') {
    throw new OptionsError('survives', survives, "'power-cut' or 'crash'");
  }
  const database = new DatabaseSync(file, { timeout: 2_000 });
  const synchronous = survives === 'power-cut' ? 'FULL' : 'NORMAL';
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`);
  database.exec(sqliteSchema);
  database.exec(`PRAGMA busy_timeout = ${blockingMsMax};`);
  return database;
}

/** All of `work` happens, or nothing. */
function inTransaction<T>(database: DatabaseSync, work: () => T): T {
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

/** A row has no prototype; a record is an ordinary object. */
function plain(row: StoredRecord | undefined): StoredRecord | undefined {
  return row && { ...row };
}
