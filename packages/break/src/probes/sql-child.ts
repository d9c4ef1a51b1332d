/**
 * The process in which one query of a probe runs: SQLite cannot be interrupted from within, and a query of its own
 * choosing must stop neither the load nor the clock of a run. The question comes as an argument, the answer goes to
 * standard output, each as JSON.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

/** What the process is asked. */
export interface SqlQuestion {
  readonly database: string;
  readonly query: string;
  /** How long to wait while the service holds the file. */
  readonly lockTimeoutMs: number;
  /** After this time the process ends itself, also when nobody is left to end it. */
  readonly lifeMsMax: number;
}

/** What it answers. */
export type SqlAnswer = { readonly value: number } | { readonly failure: string };

const question = JSON.parse(process.argv[2] ?? '') as SqlQuestion;
// Only another thread can act while a query runs in this one.
const end = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${question.lifeMsMax})`;
new Worker(end, { eval: true }).unref();
process.stdout.write(JSON.stringify(answer(question)), () => process.exit());

function answer({ database, query, lockTimeoutMs }: SqlQuestion): SqlAnswer {
  if (!existsSync(database)) return { failure: `there is no database ${database}` };
  try {
    const connection = new DatabaseSync(database, { readOnly: true, timeout: lockTimeoutMs });
    try {
      return toNumber(connection.prepare(query).all());
    } finally {
      connection.close();
    }
  } catch (error) {
    return { failure: `the query failed: ${(error as Error).message}` };
  }
}

function toNumber(rows: readonly Record<string, unknown>[]): SqlAnswer {
  const values = rows.flatMap((row) => Object.values(row));
  const [value] = values;
  if (values.length === 1 && typeof value === 'number') return { value };
  const got =
    values.length === 1 ? `\`${String(value)}\`` : `${rows.length} rows with ${values.length} values`;
  return { failure: `the query must give one number, and gave ${got}` };
}
