/** Charges and keys in one file: both are written in one transaction, or neither is. */

import type { DatabaseSync } from 'node:sqlite';
import { onceInTransaction } from '@seaworthy/protect/idempotency';
import { sqliteStore } from '@seaworthy/stores/sqlite';
import { openDatabase } from '../database.ts';
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

/** Opens the charges in `payment.db` of the folder. */
export function openChargesInSqlite(dataFolder: string): Charges {
  const database = openDatabase(dataFolder, 'payment', chargesSchema);
  // What callers are told must survive a power cut as well; it waits for the disk, some milliseconds.
  database.exec('PRAGMA synchronous = FULL');
  const store = sqliteStore({ database });
  const charges = onceInTransaction<Charge, DatabaseSync>({ store, scope });
  const insert = database.prepare('INSERT INTO charges VALUES (?, ?, ?, ?)');

  function make(request: ChargeRequest): Charge {
    const charge = newCharge(request);
    insert.run(...rowOf(charge));
    return charge;
  }

  return {
    charge: async (request, key) =>
      key === undefined
        ? { reply: make(request), replayed: false }
        : charges.run({ key, fingerprint: fingerprintOf(request) }, () => make(request)),
    close: async () => {
      await store.close();
      database.close();
    },
  };
}
