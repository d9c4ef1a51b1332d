/** The store's table in PostgreSQL, its sequence of versions, and every statement on them. */
import { OptionsError } from '@seaworthy/protect';

/** Where the records stand. */
export interface PostgresNames {
  /** The schema, which must be there. Default: the first of the connection's `search_path`. */
  readonly schema?: string;
  /** The table; index and sequence are named after it. Default `seaworthy_records`. */
  readonly table?: string;
}

/**
 * The statements that make the table, for a migration of your own where the store may not make it itself.
 *
 * @throws OptionsError
 * @example await pool.query(postgresSchema({ schema: 'payments' }));
 */
export function postgresSchema(names: PostgresNames = {}): string {
  const { table, sequence, index, lock } = quote(names);
  return `
    SELECT pg_advisory_xact_lock(${lock});
    CREATE TABLE IF NOT EXISTS ${table} (
      key text COLLATE "C" PRIMARY KEY,
      value text NOT NULL,
      version bigint NOT NULL,
      written_at timestamptz NOT NULL,
      expires_at timestamptz
    );
    CREATE INDEX IF NOT EXISTS ${index} ON ${table} (expires_at) WHERE expires_at IS NOT NULL;
    CREATE SEQUENCE IF NOT EXISTS ${sequence};`;
}

/** The statements of a store. */
export interface PostgresStatements {
  readonly isThere: string;
  readonly make: string;
  readonly now: string;
  readonly next: string;
  /** $1 key. */
  readonly read: string;
  /** $1 key, $2 value, $3 milliseconds to live or null. */
  readonly put: string;
  /** As `put`, where nothing is. */
  readonly putNew: string;
  /** As `put`, $4 the version that must be there. */
  readonly putOver: string;
  /** $1 key, $2 its version or null. */
  readonly remove: string;
  /** $1 the first key, $2 after which key, $3 before which key or null, $4 how many. */
  readonly scan: string;
  readonly sweep: string;
  /** $1 key. */
  readonly tryLock: string;
}

/** @throws OptionsError */
export function postgresStatements(names: PostgresNames): PostgresStatements {
  const { table, sequence } = quote(names);
  // The time of now() is that of the transaction's begin, which may have waited for a lock since.
  const time = 'clock_timestamp()';
  const alive = `(r.expires_at IS NULL OR r.expires_at > ${time})`;
  const shown = `key, value, version,
    greatest(0, extract(epoch FROM ${time} - written_at) * 1000)::float8 AS age_ms`;
  const next = `nextval('${sequence}')`;
  const end = `${time} + $3::float8 * interval '1 millisecond'`;
  const change = `value = $2, version = ${next}, written_at = ${time}, expires_at = ${end}`;
  // In the branch of the conflict the number is taken when the row is locked: later writers have higher ones.
  const put = `INSERT INTO ${table} AS r (key, value, version, written_at, expires_at)
    VALUES ($1, $2, ${next}, ${time}, ${end}) ON CONFLICT (key) DO UPDATE SET ${change}`;
  return {
    isThere: `SELECT to_regclass('${sequence}') IS NOT NULL AS there`,
    make: postgresSchema(names),
    now: `SELECT extract(epoch FROM ${time})::float8 * 1000 AS now`,
    next: `SELECT ${next} AS version`,
    read: `SELECT ${shown} FROM ${table} AS r WHERE key = $1 AND ${alive}`,
    put: `${put} RETURNING version`,
    putNew: `${put} WHERE NOT ${alive} RETURNING version`,
    putOver: `UPDATE ${table} AS r SET ${change} WHERE key = $1 AND version = $4 AND ${alive} RETURNING version`,
    // The row stays for a minute: were it gone at once, a writer that took its number before could write it after.
    remove: `UPDATE ${table} AS r SET value = '', written_at = ${time}, expires_at = '-infinity'
      WHERE key = $1 AND ($2::bigint IS NULL OR version = $2) AND ${alive} RETURNING version`,
    scan: `SELECT ${shown} FROM ${table} AS r WHERE key >= $1 AND key > $2 AND ($3::text IS NULL OR key < $3)
      AND ${alive} ORDER BY key LIMIT $4`,
    sweep: `DELETE FROM ${table} WHERE key IN (SELECT key FROM ${table}
      WHERE expires_at < now() - interval '1 minute' AND written_at < now() - interval '1 minute'
      LIMIT 100 FOR UPDATE SKIP LOCKED)`,
    tryLock: `SELECT pg_try_advisory_xact_lock(hashtextextended('${table}/' || $1::text, 0)) AS locked`,
  };
}

/** The names as statements have them. @throws OptionsError */
export function quote({ schema, table = 'seaworthy_records' }: PostgresNames) {
  const plain = /^[a-z_][a-z0-9_]{0,49}$/;
  const rule = '1 to 50 small letters, digits and underscores, no digit first';
  if (!plain.test(table)) throw new OptionsError('table', table, rule);
  if (schema !== undefined && !plain.test(schema)) throw new OptionsError('schema', schema, rule);
  const within = schema === undefined ? '' : `"${schema}".`;
  return {
    table: `${within}"${table}"`,
    sequence: `${within}"${table}_version"`,
    index: `"${table}_expiry"`,
    lock: `hashtextextended('make ${within}"${table}"', 0)`,
  };
}
