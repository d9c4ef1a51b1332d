/** Charges and keys in one PostgreSQL database: both are written in one transaction, or neither is. */

import { onceInTransaction } from '@seaworthy/protect/idempotency';
import { postgresStore } from '@seaworthy/stores/postgres';
import { Pool, type PoolClient } from 'pg';
import {
  type Charge,
  type ChargeRequest,
  type Charges,
  chargesSchema,
  fingerprintOf,
  newCharge,
  rowOf,
  scope,
} from './charge.ts';

/** Opens the charges in the database at `url`. */
export async function openChargesInPostgres(url: string): Promise<Charges> {
  const pool = new Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 2_000 });
  // An idle connection whose server dies says so; the next query tells of it where it matters.
  pool.on('error', () => {});
  await pool.query(chargesSchema);
  const store = postgresStore<PoolClient>({ pool });
  const charges = onceInTransaction<Charge, PoolClient>({ store, scope });

  async function make(request: ChargeRequest, client: Pick<PoolClient, 'query'>): Promise<Charge> {
    const charge = newCharge(request);
    await client.query('INSERT INTO charges VALUES ($1, $2, $3, $4)', rowOf(charge));
    return charge;
  }

  return {
    charge: async (request, key) =>
      key === undefined
        ? { reply: await make(request, pool), replayed: false }
        : charges.run({ key, fingerprint: fingerprintOf(request) }, (client) => make(request, client)),
    close: async () => {
      await store.close();
      await pool.end();
    },
  };
}
