/**
 * Records in PostgreSQL: shared by many machines, as durable as the database, and one transaction with effects on it.
 */
import { type Duration, knownKeys, parseDuration } from '@seaworthy/protect';
import { checkRecord, type StoredRecord, type TransactionalStore } from '@seaworthy/protect/store';
import { CallTime } from '../call-time.ts';
import { firstBeyond } from '../key-range.ts';
import { makeCreateWith } from './create-with.ts';
import { Loan, type PostgresClient, type PostgresPool, type PostgresRow, withoutConflict } from './loan.ts';
import { openPool } from './own-pool.ts';
import { toRecord } from './record.ts';
import { type PostgresNames, postgresStatements } from './schema.ts';

/** How a PostgreSQL store is set up: from a URL, or on a pool of your own. */
export interface PostgresStoreOptions<Client extends PostgresClient = PostgresClient> extends PostgresNames {
  /** Such as `postgres://user:password@host:5432/database`. Needs the package `pg`. */
  readonly url?: string;
  /** Connections at once from `url`, from 1; each `createWith` holds one while its work runs. Default 10. */
  readonly connections?: number;
  /** A pool of your own, in place of `url`, such as one of `pg`; it stays open on `close`. */
  readonly pool?: PostgresPool<Client>;
  /** The longest that one call takes, connecting included, before STORE_UNAVAILABLE. Default 2 s. */
  readonly timeout?: Duration;
}

/** Every so many writes, records whose time is over are deleted. */
const writesBetweenSweeps = 256;

/**
 * Opens a store in PostgreSQL, version 11 or later. It connects when it is first used, and makes its table where there
 * is none.
 *
 * In `createWith` the work is handed the client that has the transaction open, in the database's default isolation. The
 * time limit holds for what the store does before and after the work, not for the work.
 *
 * @throws OptionsError
 * @typeParam Client - what the pool lends; of `pg` it is named, since the compiler cannot tell
 * @example const store = postgresStore<PoolClient>({ pool: new Pool({ connectionString }) });
 */
export function postgresStore<Client extends PostgresClient = PostgresClient>(
  options: PostgresStoreOptions<Client>,
): TransactionalStore<Client> {
  knownKeys('postgresStore', options, ['url', 'connections', 'pool', 'timeout', 'schema', 'table']);
  const timeoutMs = parseDuration('timeout', options.timeout ?? '2s', 1);
  const statements = postgresStatements(options);
  const own =
    options.pool === undefined ? openPool(options.url, options.connections ?? 10, timeoutMs) : undefined;
  // Without a pool of the user's own, `Client` is what the package `pg` has.
  const pool = options.pool ?? (own as unknown as PostgresPool<Client>);
  let isThere = false;
  let writes = 0;
  const isSweepDue = () => ++writes % writesBetweenSweeps === 0;

  const inTime = <T>(call: (time: CallTime) => Promise<T>) =>
    new CallTime('postgres', timeoutMs).during(call);

  /** Borrows a connection, and sees that the table is there. */
  async function borrow(time: CallTime): Promise<Loan<Client>> {
    const loan = await Loan.take(pool, time);
    if (isThere) return loan;
    try {
      const [row] = await loan.query(time, statements.isThere);
      if (row?.['there'] !== true) await loan.query(time, statements.make);
      isThere = true;
      return loan;
    } catch (error) {
      loan.giveBack();
      throw error;
    }
  }

  /** Does a call whose statements are transactions of their own. */
  function call<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return inTime(async (time) => {
      const loan = await borrow(time);
      try {
        return await work((text, ...values) => withoutConflict(() => loan.query(time, text, values)));
      } finally {
        loan.giveBack();
      }
    });
  }

  async function read(query: Query, key: string): Promise<StoredRecord | undefined> {
    const [row] = await query(statements.read, key);
    return row && toRecord(row);
  }

  const store: TransactionalStore<Client> = {
    name: 'postgres',
    async read(key) {
      checkRecord(key);
      return call((query) => read(query, key));
    },
    async write(key, value, { expect, ttlMs } = {}) {
      checkRecord(key, value);
      const { put, putNew, putOver } = statements;
      return call(async (query) => {
        for (;;) {
          const values = [key, value, ttlMs ?? null];
          const [row] =
            typeof expect === 'number'
              ? await query(putOver, ...values, expect)
              : await query(expect === undefined ? put : putNew, ...values);
          if (row !== undefined) {
            // It is written, whatever becomes of the sweep.
            if (isSweepDue()) await query(statements.sweep).catch(() => undefined);
            return { written: true, version: Number(row['version']) };
          }
          const current = await read(query, key);
          if (current !== undefined || expect !== 'absent') return { written: false, current };
          // What was in the way is gone by now.
        }
      });
    },
    async remove(key, version) {
      checkRecord(key);
      return call(async (query) => (await query(statements.remove, key, version ?? null)).length > 0);
    },
    scan: (prefix, { after = '', limit = 100 } = {}) =>
      call(async (query) => {
        const rows = await query(statements.scan, prefix, after, firstBeyond(prefix) ?? null, limit);
        return rows.map(toRecord);
      }),
    next: () => call(async (query) => Number((await query(statements.next))[0]?.['version'])),
    now: () => call(async (query) => Number((await query(statements.now))[0]?.['now'])),
    createWith: makeCreateWith({ statements, inTime, borrow, isSweepDue }),
    async createIn(client, key, value, { ttlMs } = {}) {
      checkRecord(key, value);
      // Beside the user's transaction, so that the table stays when that is rolled back.
      if (!isThere) await call(async () => undefined);
      const { rows } = await client.query(statements.putNew, [key, value, ttlMs ?? null]);
      if (rows[0] !== undefined) return { written: true, version: Number(rows[0]['version']) };
      const [row] = (await client.query(statements.read, [key])).rows;
      return { written: false, current: row && toRecord(row) };
    },
    close: async () => own?.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
  return Object.freeze(store);
}

type Query = (text: string, ...values: unknown[]) => Promise<readonly PostgresRow[]>;
