/** The table of limits in PostgreSQL, and the one statement that counts them. */
import { type PostgresNames, quote } from './schema.ts';

/**
 * The statements that make the table of limits, for a migration of your own where the store may not make it itself.
 *
 * The table is unlogged: it costs no writes to the log, and is empty after a crash of the server, which gives each limit
 * its burst once more.
 *
 * @throws OptionsError
 * @example await pool.query(postgresLimitsSchema({ schema: 'payments' }));
 */
export function postgresLimitsSchema(names: PostgresNames = {}): string {
  const { table, lock } = quote(withDefault(names));
  return `
    SELECT pg_advisory_xact_lock(${lock});
    CREATE UNLOGGED TABLE IF NOT EXISTS ${table} (
      name text COLLATE "C",
      key text COLLATE "C",
      full_at float8 NOT NULL,
      granted int8 NOT NULL,
      PRIMARY KEY (name, key)
    ) WITH (fillfactor = 50);`;
}

/** @throws OptionsError */
export function limitsStatements(names: PostgresNames) {
  const { table } = quote(withDefault(names));
  // Milliseconds since November 2023, so that a fraction of a microsecond has room in the number. It is the time at which
  // the statement came, the same for all that it does, however long it waited for the row.
  const now = '((extract(epoch FROM statement_timestamp()) - 1700000000) * 1000)::float8';
  const used = `least(greatest(l.full_at - ${now}, 0), $3)`;
  const there = (usedMs: string) => `floor(($3 - ${usedMs}) / $2 + 1e-6)::int8`;
  const granted = `least(EXCLUDED.granted, ${there(used)})`;
  return {
    isThere: `SELECT to_regclass('${table}') IS NOT NULL AS there`,
    make: postgresLimitsSchema(names),
    /**
     * The step that `takePermits` of `@seaworthy/protect/shared` is. $1 the limit's name, $2 milliseconds in which a permit
     * is earned, $3 those for the whole burst, $4 the keys, $5 the permits wanted of each. What a conflict is to be
     * granted is at most what there would be without one. In the order of keys, so that no two wait for each other.
     */
    take: `INSERT INTO ${table} AS l (name, key, full_at, granted)
      SELECT $1, w.key, ${now} + least(w.permits, ${there('0')}) * $2, least(w.permits, ${there('0')})
      FROM unnest($4::text[], $5::int8[]) AS w (key, permits) ORDER BY w.key COLLATE "C"
      ON CONFLICT (name, key) DO UPDATE SET full_at = ${now} + ${used} + ${granted} * $2, granted = ${granted}
      RETURNING key, granted::float8 AS granted, full_at - ${now} AS used_ms`,
    /** What is full again is as what was never used. */
    sweep: `DELETE FROM ${table} WHERE (name, key) IN (SELECT name, key FROM ${table}
      WHERE full_at < ${now} - 60000 LIMIT 1000 FOR UPDATE SKIP LOCKED)`,
  };
}

function withDefault({ table = 'seaworthy_limits', ...names }: PostgresNames): PostgresNames {
  return { table, ...names };
}
