/** Rate limits in a SQLite file: for several processes on one machine. */
import type { DatabaseSync } from 'node:sqlite';
import { type Duration, knownKeys, parseDuration } from '@seaworthy/protect';
import { type LimitStore, takePermits } from '@seaworthy/protect/shared';
import { inTransaction, openFile, whenUnlocked } from './database.ts';

/** How limits in SQLite are set up: on a file of its own, or on a database that the user has open. */
export interface SqliteLimitsOptions {
  /** The file, made where there is none. Not together with `database`. */
  readonly file?: string;
  /** The user's own open database. It stays open on `close`. */
  readonly database?: DatabaseSync;
  /** How long a call waits while other processes write, before STORE_UNAVAILABLE. Default 2 s. */
  readonly timeout?: Duration;
}

/** A store of limits that may have opened a file. */
export interface SqliteLimits extends LimitStore, AsyncDisposable {
  /** Closes the file, where it opened one. */
  close(): Promise<void>;
}

const schema = `
  CREATE TABLE IF NOT EXISTS seaworthy_limits (
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    full_at REAL NOT NULL,
    PRIMARY KEY (name, key)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Milliseconds since November 2023, so that a fraction of a microsecond has room in the number: one clock for all
 * processes that share the file.
 */
const now = "(unixepoch('subsec') - 1700000000) * 1000";
/** Every so many questions, some limits that are full again are deleted. */
const takesBetweenSweeps = 1_024;

/**
 * Counts limits in a SQLite file. What was counted survives the death of a process, and for the sake of speed perhaps
 * not a power cut.
 *
 * @throws OptionsError
 * @example sharedRateLimit({ limit: 100, store: sqliteLimits({ file: './limits.db' }) })
 */
export function sqliteLimits(options: SqliteLimitsOptions): SqliteLimits {
  knownKeys('sqliteLimits', options, ['file', 'database', 'timeout']);
  const timeoutMs = parseDuration('timeout', options.timeout ?? '2s', 1);
  const database = options.database ?? openFile(options.file, 'crash', schema);
  database.exec(schema);
  const readTime = database.prepare(`SELECT ${now} AS now`);
  const readLimit = database.prepare(
    'SELECT full_at AS fullAt FROM seaworthy_limits WHERE name = ? AND key = ?',
  );
  const putLimit = database.prepare('INSERT OR REPLACE INTO seaworthy_limits VALUES (?, ?, ?)');
  const sweep = database.prepare(`DELETE FROM seaworthy_limits WHERE (name, key) IN
    (SELECT name, key FROM seaworthy_limits WHERE full_at < ? LIMIT 1000)`);
  let takes = 0;

  const limits: SqliteLimits = {
    name: 'sqlite',
    take: (rule, wants) =>
      whenUnlocked(
        () =>
          inTransaction(database, () => {
            const at = Number(readTime.get()?.['now']);
            if (++takes % takesBetweenSweeps === 0) sweep.run(at);
            return wants.map(({ key, permits }) => {
              const kept = readLimit.get(rule.name, key)?.['fullAt'];
              const known = kept === undefined ? undefined : Number(kept);
              const { fullAt, granted, retryAfterMs } = takePermits(known, at, rule, permits);
              if (granted > 0) putLimit.run(rule.name, key, fullAt);
              return { granted, retryAfterMs };
            });
          }),
        timeoutMs,
      ),
    async close() {
      if (options.database === undefined && database.isOpen) database.close();
    },
    [Symbol.asyncDispose]: () => limits.close(),
  };
  return Object.freeze(limits);
}
