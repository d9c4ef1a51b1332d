/**
 * What is on the shelves, and what of it is set aside for orders. An order's number stands for its reservation, so
 * asking twice sets nothing aside twice.
 */

import type { DatabaseSync } from 'node:sqlite';
import { inDurableTransaction, inTransaction } from '../database.ts';
import type { OrderLine } from '../order-lines.ts';

export const stockSchema = `
  CREATE TABLE IF NOT EXISTS stock (
    sku TEXT PRIMARY KEY,
    on_hand INTEGER NOT NULL CHECK (on_hand >= 0)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS reservations (
    order_id TEXT NOT NULL,
    sku TEXT NOT NULL REFERENCES stock (sku),
    quantity INTEGER NOT NULL,
    PRIMARY KEY (order_id, sku)
  ) STRICT;
`;

/** How many pieces of each product there are. */
export type StockLevels = Readonly<Record<string, number>>;

export interface Stock {
  /** All levels, by product number. */
  levels(): StockLevels;
  /** Sets the lines aside for the order: all of them or, when one is short, none; gives the products that are short. */
  reserve(orderId: string, lines: readonly OrderLine[]): readonly string[];
}

/** The stock in `database`; products that it does not know yet begin with `initial`. */
export function openStock(database: DatabaseSync, initial: StockLevels): Stock {
  const add = database.prepare('INSERT OR IGNORE INTO stock VALUES (?, ?)');
  const all = database.prepare('SELECT sku, on_hand AS onHand FROM stock');
  const one = database.prepare('SELECT on_hand AS onHand FROM stock WHERE sku = ?');
  const reserved = database.prepare('SELECT count(*) AS lines FROM reservations WHERE order_id = ?');
  const insert = database.prepare('INSERT INTO reservations VALUES (?, ?, ?)');
  const take = database.prepare('UPDATE stock SET on_hand = on_hand - ? WHERE sku = ?');

  inTransaction(database, () => {
    for (const [sku, onHand] of Object.entries(initial)) add.run(sku, onHand);
  });

  return {
    levels: () => Object.fromEntries(all.all().map((row) => [String(row['sku']), Number(row['onHand'])])),
    reserve: (orderId, lines) =>
      inDurableTransaction(database, () => {
        if (Number(reserved.get(orderId)?.['lines']) > 0) return [];
        const short = lines
          .filter(({ sku, quantity }) => Number(one.get(sku)?.['onHand'] ?? 0) < quantity)
          .map(({ sku }) => sku);
        if (short.length > 0) return short;
        for (const { sku, quantity } of lines) {
          take.run(quantity, sku);
          insert.run(orderId, sku, quantity);
        }
        return [];
      }),
  };
}
