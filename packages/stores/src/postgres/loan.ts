/** A connection of a pool, borrowed for a call: every step in the call's time, given back or given up at the end. */
import type { CallTime } from '../call-time.ts';

/** A pool of connections; one of the package `pg` is. */
export interface PostgresPool<Client extends PostgresClient = PostgresClient> {
  connect(): Promise<Client>;
}

/** A connection; a client of a `pg` pool is. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly PostgresRow[] }>;
  release(destroy?: boolean): void;
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
}

/** A row of a result. */
export interface PostgresRow {
  readonly [column: string]: unknown;
}

export class Loan<Client extends PostgresClient> {
  readonly client: Client;
  #given = false;

  /** @throws StoreUnavailableError */
  static async take<Client extends PostgresClient>(
    pool: PostgresPool<Client>,
    time: CallTime,
  ): Promise<Loan<Client>> {
    const connecting = pool.connect();
    try {
      return new Loan(await time.step(connecting));
    } catch (error) {
      // It may still come, and nobody else would give it back.
      connecting.then(
        (late) => late.release(),
        () => undefined,
      );
      throw error;
    }
  }

  private constructor(client: Client) {
    this.client = client;
    // A client whose connection is lost says so, and an error that nobody listens to ends the process.
    client.on('error', ignore);
  }

  /** The rows of a statement. @throws StoreUnavailableError */
  async query(time: CallTime, text: string, values?: unknown[]): Promise<readonly PostgresRow[]> {
    try {
      return (await time.step(this.client.query(text, values))).rows;
    } catch (error) {
      // After an error that the server told the connection is sound; otherwise a late answer may be on its way. One to a
      // standby is of no use any more: a new one goes to whoever is primary now.
      const state = sqlState(error);
      if (state === undefined || state === readOnlyState) this.#end(true);
      throw error;
    }
  }

  /** Gives it back; one with a transaction open must not be. */
  giveBack(): void {
    this.#end(false);
  }

  /** Closes it, which rolls back whatever is open. */
  giveUp(): void {
    this.#end(true);
  }

  #end(destroy: boolean): void {
    if (this.#given) return;
    this.#given = true;
    this.client.release(destroy);
    this.client.off('error', ignore);
  }
}

/** PostgreSQL's code of an error that it told and that left the connection open, such as `40001`. */
function sqlState(error: unknown): string | undefined {
  const { cause } = error as { readonly cause?: { readonly code?: string; readonly severity?: string } };
  return cause?.severity === 'ERROR' ? cause.code : undefined;
}

/** What a server answers that may only be read, such as one that was the primary before. */
const readOnlyState = '25006';

/** Whether a statement lost a race: a serialization failure, or a deadlock. */
export function isConflict(error: unknown): boolean {
  return ['40001', '40P01'].includes(sqlState(error) ?? '');
}

/**
 * Repeats a statement that lost a race where the database's default isolation is stricter than READ COMMITTED; the time of
 * the call ends that.
 */
export async function withoutConflict<T>(statement: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await statement();
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}

function ignore(): void {
  // What waits for an answer hears of it; nobody else needs to.
}
