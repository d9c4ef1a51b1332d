import { OptionsError } from '@seaworthy/protect';
import type { PostgresClient, PostgresPool } from './loan.ts';

/** A pool that the store opens itself, from a URL, when it is first used. */
export interface OwnPool extends PostgresPool {
  close(): Promise<void>;
}

export function ownPool(url: string, connectionsMax: number, timeoutMs: number): OwnPool {
  let opened: ReturnType<typeof open> | undefined;

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
    async connect(): Promise<PostgresClient> {
      opened ??= open();
      return (await opened).connect();
    },
    async close() {
      // What was never opened, or has been closed, stays so.
      const pool = await (opened ??= Promise.reject(new Error('it was closed'))).catch(() => undefined);
      if (pool?.ending === false) await pool.end();
    },
  };
}
