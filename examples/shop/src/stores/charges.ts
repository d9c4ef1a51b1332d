/**
 * The charges, and the promise that matters most in a shop: one key, one charge.
 *
 * The record of the key and the charge itself are written in one transaction. Whatever dies and whenever, either both
 * are there or neither is, so a caller that never saw the reply can ask again and gets the same reply.
 */

import { createHash, randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { inDurableTransaction } from '../database.ts';

export const chargesSchema = `
  CREATE TABLE IF NOT EXISTS charges (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    amount_cents INTEGER NOT NULL,
    charged_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS charges_of_order ON charges (order_id);
  CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    charge_id TEXT NOT NULL REFERENCES charges (id)
  ) STRICT;
`;

/** What is to be paid. */
export interface ChargeRequest {
  readonly orderId: string;
  readonly amountCents: number;
}

/** What was paid. */
interface Charge extends ChargeRequest {
  readonly id: string;
  readonly chargedAt: string;
}

/** A new charge, the reply to an earlier request played back, or a key that was used for something else. */
export type ChargeOutcome =
  | { readonly kind: 'charged' | 'played-back'; readonly charge: Charge }
  | { readonly kind: 'key-reused' };

/** The charges in `database`. A request without a key is a new charge every time: nothing tells it from another. */
export function openCharges(database: DatabaseSync): {
  readonly charge: (request: ChargeRequest, key: string | undefined) => ChargeOutcome;
} {
  const findKey = database.prepare('SELECT fingerprint, charge_id FROM idempotency_keys WHERE key = ?');
  const findCharge = database.prepare(
    'SELECT id, order_id AS orderId, amount_cents AS amountCents, charged_at AS chargedAt FROM charges WHERE id = ?',
  );
  const insertCharge = database.prepare('INSERT INTO charges VALUES (?, ?, ?, ?)');
  const insertKey = database.prepare('INSERT INTO idempotency_keys VALUES (?, ?, ?)');

  return {
    charge: (request, key) =>
      inDurableTransaction(database, () => {
        const fingerprint = fingerprintOf(request);
        const known = key === undefined ? undefined : findKey.get(key);
        if (known !== undefined) {
          if (known['fingerprint'] !== fingerprint) return { kind: 'key-reused' };
          const charge = findCharge.get(String(known['charge_id'])) as unknown as Charge;
          return { kind: 'played-back', charge: { ...charge } };
        }
        const charge: Charge = { ...request, id: randomUUID(), chargedAt: new Date().toISOString() };
        insertCharge.run(charge.id, charge.orderId, charge.amountCents, charge.chargedAt);
        if (key !== undefined) insertKey.run(key, fingerprint, charge.id);
        return { kind: 'charged', charge };
      }),
  };
}

/** What a key stands for, so that the same key with another amount is refused instead of played back. */
function fingerprintOf(request: ChargeRequest): string {
  return createHash('sha256').update(`${request.orderId}\n${request.amountCents}`).digest('hex');
}
