import { randomUUID } from 'node:crypto';
import type { OnceOutcome } from '@seaworthy/protect/idempotency';

/** What is to be paid. */
export interface ChargeRequest {
  readonly orderId: string;
  readonly amountCents: number;
}

/** What was paid. */
export interface Charge extends ChargeRequest {
  readonly id: string;
  readonly chargedAt: string;
}

/** Makes charges. */
export interface Charges {
  /**
   * Charges once for a key. Without one every request is a new charge: nothing tells it from another.
   *
   * @throws SeaworthyError `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_IN_FLIGHT`, `STORE_UNAVAILABLE`
   */
  charge(request: ChargeRequest, key: string | undefined): Promise<OnceOutcome<Charge>>;
  close(): void | Promise<void>;
}

/** What the keys of charges are filed under. */
export const scope = 'charges';

export const chargesSchema = `
  CREATE TABLE IF NOT EXISTS charges (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    amount_cents INTEGER NOT NULL,
    charged_at TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS charges_of_order ON charges (order_id);
`;

export function newCharge(request: ChargeRequest, id: string = randomUUID()): Charge {
  return { id, ...request, chargedAt: new Date().toISOString() };
}

/** The columns of a charge, in the order of the table. */
export function rowOf({ id, orderId, amountCents, chargedAt }: Charge): [string, string, number, string] {
  return [id, orderId, amountCents, chargedAt];
}

/** What a key stands for, so that the same key with another amount is refused instead of played back. */
export function fingerprintOf({ orderId, amountCents }: ChargeRequest): string {
  return `${orderId} ${amountCents}`;
}
