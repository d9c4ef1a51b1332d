/** The store's two tables. They begin with `seaworthy_`, since they may stand in a database that is the user's own. */

export const sqliteSchema = `
  CREATE TABLE IF NOT EXISTS seaworthy_records (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    version INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    expires_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS seaworthy_records_expiry ON seaworthy_records (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS seaworthy_counter (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO seaworthy_counter VALUES (1, 0);
`;

/** Milliseconds since 1970: one clock for all processes that share the file. */
const now = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;
const columns = `key, value, version, max(0, ${now} - written_at) AS ageMs`;
const alive = `(expires_at IS NULL OR expires_at > ${now})`;

export const sqliteStatements = {
  now: `SELECT ${now} AS now`,
  read: `SELECT ${columns} FROM seaworthy_records WHERE key = ? AND ${alive}`,
  next: `UPDATE seaworthy_counter SET last = last + 1 RETURNING last`,
  put: `INSERT OR REPLACE INTO seaworthy_records VALUES (?1, ?2, ?3, ${now}, ${now} + ?4)`,
  remove: `DELETE FROM seaworthy_records WHERE key = ?1 AND (?2 IS NULL OR version = ?2) AND ${alive}`,
  scan: `SELECT ${columns} FROM seaworthy_records
         WHERE key >= ?1 AND key > ?2 AND key < ?3 AND ${alive} ORDER BY key LIMIT ?4`,
  sweep: `DELETE FROM seaworthy_records WHERE key IN (
            SELECT key FROM seaworthy_records WHERE expires_at <= ${now} LIMIT 100)`,
} as const;
