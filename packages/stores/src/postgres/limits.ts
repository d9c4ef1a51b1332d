/** Rate limits in PostgreSQL: one row a limit, one statement for all that is asked at once, the server's clock. */
import { type Duration, knownKeys, parseDuration } from '@seaworthy/protect';
import type { LimitGrant, LimitStore } from '@seaworthy/protect/shared';
import { CallTime } from '../call-time.ts';
import { limitsStatements } from './limits-schema.ts';
import { Loan, type PostgresPool, withoutConflict } from './loan.ts';
import { openPool } from './own-pool.ts';
import type { PostgresNames } from './schema.ts';

/** How limits in PostgreSQL are set up: from a URL, or on a pool of your own. */
export interface PostgresLimitsOptions extends PostgresNames {
  /** Such as `postgres://user:password@host:5432/database`. Needs the package `pg`. */
  readonly url?: string;
  /** Connections at once from `url`, from 1. Default 2: a limit asks one question at a time. */
  readonly connections?: number;
  /** A pool of your own, in place of `url`, such as one of `pg`; it stays open on `close`. */
  readonly pool?: PostgresPool;
  /** The longest that one call takes, connecting included, before STORE_UNAVAILABLE. Default 2 s. */
  readonly timeout?: Duration;
}

/** A store of limits that may have opened a pool. */
export interface PostgresLimits extends LimitStore, AsyncDisposable {
  /** Ends what was opened from `url`. */
  close(): Promise<void>;
}

/** Every so many questions, limits that are full again are deleted. */
const takesBetweenSweeps = 1_024;

/**
 * Counts limits in PostgreSQL, version 11 or later, in a table that is made where there is none. The table is not logged:
 * a server that crashes gives each limit its burst once more.
 *
 * @throws OptionsError
 * @example sharedRateLimit({ limit: 100, store: postgresLimits({ pool }), mode: 'leased' })
 */
export function postgresLimits(options: PostgresLimitsOptions): PostgresLimits {
  knownKeys('postgresLimits', options, ['url', 'connections', 'pool', 'timeout', 'schema', 'table']);
  const timeoutMs = parseDuration('timeout', options.timeout ?? '2s', 1);
  const statements = limitsStatements(options);
  const own =
    options.pool === undefined ? openPool(options.url, options.connections ?? 2, timeoutMs) : undefined;
  const pool = options.pool ?? own!;
  let isThere = false;
  let takes = 0;

  async function withLoan<T>(work: (loan: Loan<never>, time: CallTime) => Promise<T>): Promise<T> {
    await own?.ready;
    return new CallTime('postgres', timeoutMs).during(async (time) => {
      const loan = (await Loan.take(pool, time)) as Loan<never>;
      try {
        return await work(loan, time);
      } finally {
        loan.giveBack();
      }
    });
  }

  async function make(loan: Loan<never>, time: CallTime): Promise<void> {
    const [row] = await loan.query(time, statements.isThere);
    if (row?.['there'] !== true) await loan.query(time, statements.make);
    isThere = true;
  }

  const limits: PostgresLimits = {
    name: 'postgres',
    take: ({ name, emissionMs, toleranceMs }, wants) =>
      withLoan(async (loan, time) => {
        if (!isThere) await make(loan, time);
        const keys = wants.map(({ key }) => key);
        const permits = wants.map((want) => want.permits);
        const values = [name, emissionMs, toleranceMs, keys, permits];
        const rows = await withoutConflict(() => loan.query(time, statements.take, values));
        if (++takes % takesBetweenSweeps === 0)
          await loan.query(time, statements.sweep).catch(() => undefined);
        const grants = new Map<unknown, LimitGrant>();
        for (const row of rows) {
          const retryAfterMs = Math.max(0, Number(row['used_ms']) + emissionMs - toleranceMs);
          grants.set(row['key'], {
            granted: Number(row['granted']),
            // A millionth of a permit short is not short: the statement rounds so, too.
            retryAfterMs: retryAfterMs <= emissionMs * 1e-6 ? 0 : retryAfterMs,
          });
        }
        return keys.map((key) => grants.get(key)!);
      }),
    close: async () => own?.close(),
    [Symbol.asyncDispose]: () => limits.close(),
  };
  return Object.freeze(limits);
}
