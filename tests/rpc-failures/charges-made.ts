import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';

/** A charge, as the database of payment has it. */
export interface ChargeMade {
  readonly id: string;
  readonly orderId: string;
}

/** All charges that payment has made: read from its database, past payment itself. */
export async function chargesMade(
  dataFolder: string,
  records: string | undefined,
): Promise<readonly ChargeMade[]> {
  const select = 'SELECT id, order_id AS "orderId" FROM charges';
  if (records === undefined || records.startsWith('redis:')) {
    const database = new DatabaseSync(join(dataFolder, 'payment.db'), { readOnly: true });
    const rows = database.prepare(select).all();
    database.close();
    return rows as unknown as ChargeMade[];
  }
  const client = new Client({ connectionString: records });
  await client.connect();
  try {
    return (await client.query<ChargeMade>(select)).rows;
  } finally {
    await client.end();
  }
}
