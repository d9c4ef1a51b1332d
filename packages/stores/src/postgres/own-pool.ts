import { OptionsError } from '@seaworthy/protect';
import type { PostgresClient, PostgresPool } from './loan.ts';

/** A pool that the store opens itself, from a URL. */
export interface OwnPool extends PostgresPool {
  /** Settles when the package `pg` was loaded; that is no time of a call. */
  readonly ready: Promise<unknown>;
  close(): Promise<void>;
}

/** @throws OptionsError */
export function openPool(url: string | undefined, connections: number, timeoutMs: number): OwnPool {
  if (typeof url !== 'string' || !/^postgres(ql)?:\/\//.test(url)) {
    throw new OptionsError('url', url, 'one that begins with postgres://, where no `pool` is given');
  }
  if (!Number.isSafeInteger(connections) || connections < 1) {
    throw new OptionsError('connections', connections, 'a whole number of at least 1');
  }
  return ownPool(url, connections, timeoutMs);
}

function ownPool(url: string, connectionsMax: number, timeoutMs: number): OwnPool {
  const opened = open();
  // Every call hears of it; nobody may have called yet.
  opened.catch(() => undefined);

  async function open() {
    const { Pool } = await import('pg').catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
      throw new OptionsError('url', url, 'given where the package pg is installed');
    });
    const pool = new Pool({
      connectionString: url,
      max: connectionsMax,
      connectionTimeoutMillis: timeoutMs,
      keepAlive: true,
    });
    // An idle connection that is lost is replaced; unheard, its error would end the process.
    pool.on('error', () => undefined);
    return pool;
  }

  return {
    ready: opened,
    async connect(): Promise<PostgresClient> {
      return (await opened).connect();
    },
    async close() {
      const pool = await opened.catch(() => undefined);
      if (pool?.ending === false) await pool.end();
    },
  };
}
