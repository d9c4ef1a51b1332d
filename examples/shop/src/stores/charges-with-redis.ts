/**
 * Charges in a file and keys in Redis, which stands for a bank and our record of what we asked it: the two cannot commit
 * together. When we die between them, nobody but the bank knows whether it has charged, so the bank is told the key:
 * it is the charge's number, and the bank has one charge a number.
 */

import { once } from '@seaworthy/protect/idempotency';
import { redisStore } from '@seaworthy/stores/redis';
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

/** Opens the charges in `payment.db` of the folder, with their keys in the Redis at `url`. */
export function openChargesWithRedis(dataFolder: string, url: string): Charges {
  const bank = openDatabase(dataFolder, 'payment', chargesSchema);
  bank.exec('PRAGMA synchronous = FULL');
  const store = redisStore({ url });
  const charges = once<Charge>({ store, scope, lease: '1s' });
  const insert = bank.prepare('INSERT OR IGNORE INTO charges VALUES (?, ?, ?, ?)');
  const find = bank.prepare(
    'SELECT id, order_id AS orderId, amount_cents AS amountCents, charged_at AS chargedAt FROM charges WHERE id = ?',
  );

  function make(request: ChargeRequest, id?: string): Charge {
    const charge = newCharge(request, id);
    insert.run(...rowOf(charge));
    return { ...(find.get(charge.id) as unknown as Charge) };
  }

  return {
    charge: async (request, key) =>
      key === undefined
        ? { reply: make(request), replayed: false }
        : charges.run({ key, fingerprint: fingerprintOf(request) }, () => make(request, key)),
    close: async () => {
      await store.close();
      bank.close();
    },
  };
}
