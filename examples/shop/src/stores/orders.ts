/**
 * The orders, each with how far it has come. An order is written down before anything is done for it; what has to be
 * done is read from here, so that it goes on after a crash.
 */

import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { inDurableTransaction } from '../database.ts';
import type { OrderLine } from '../order-lines.ts';

export const ordersSchema = `
  CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY,
    idempotency_key TEXT UNIQUE,
    lines TEXT NOT NULL,
    total_cents INTEGER NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('placed', 'reserved', 'charged', 'shipped', 'sold-out', 'refused')),
    placed_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS orders_by_stage ON orders (stage, placed_at);
`;

/** The stages in which an order is on its way. */
export type OpenStage = 'placed' | 'reserved' | 'charged';

/** How far an order has come; `shipped`, `sold-out` and `refused` are its ends. */
export type Stage = OpenStage | 'shipped' | 'sold-out' | 'refused';

export interface Order {
  readonly id: string;
  readonly lines: readonly OrderLine[];
  readonly totalCents: number;
  readonly stage: Stage;
}

/** What a customer ordered, priced. */
export interface NewOrder {
  readonly lines: readonly OrderLine[];
  readonly totalCents: number;
}

export interface Orders {
  /** Writes a new order down. With a key that was seen before it gives the order of that key, unchanged. */
  place(order: NewOrder, key: string | undefined): Order;
  find(id: string): Order | undefined;
  findByKey(key: string): Order | undefined;
  /** Notes that the order has come to `stage`. */
  advance(order: Order, stage: Stage): Order;
  /** At most `limit` orders that stand at `stage`, the oldest first. */
  waiting(stage: OpenStage, limit: number): readonly Order[];
}

/** The orders in `database`. */
export function openOrders(database: DatabaseSync): Orders {
  const columns = 'id, lines, total_cents AS totalCents, stage';
  const insert = database.prepare('INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)');
  const byId = database.prepare(`SELECT ${columns} FROM orders WHERE id = ?`);
  const byKey = database.prepare(`SELECT ${columns} FROM orders WHERE idempotency_key = ?`);
  const update = database.prepare('UPDATE orders SET stage = ? WHERE id = ?');
  const waiting = database.prepare(
    `SELECT ${columns} FROM orders WHERE stage = ? ORDER BY placed_at LIMIT ?`,
  );

  const orders: Orders = {
    place: ({ lines, totalCents }, key) =>
      inDurableTransaction(database, () => {
        const known = key === undefined ? undefined : orders.findByKey(key);
        if (known !== undefined) return known;
        const order: Order = { id: randomUUID(), lines, totalCents, stage: 'placed' };
        insert.run(
          order.id,
          key ?? null,
          JSON.stringify(lines),
          totalCents,
          order.stage,
          new Date().toISOString(),
        );
        return order;
      }),
    find: (id) => orderOf(byId.get(id)),
    findByKey: (key) => orderOf(byKey.get(key)),
    // Not durable: a stage that a power cut takes back is gone through again, and every step may be repeated.
    advance: (order, stage) => {
      update.run(stage, order.id);
      return { ...order, stage };
    },
    waiting: (stage, limit) => waiting.all(stage, limit).flatMap((row) => orderOf(row) ?? []),
  };
  return orders;
}

function orderOf(row: Record<string, unknown> | undefined): Order | undefined {
  if (row === undefined) return undefined;
  return {
    id: String(row['id']),
    lines: JSON.parse(String(row['lines'])) as OrderLine[],
    totalCents: Number(row['totalCents']),
    stage: row['stage'] as Stage,
  };
}
