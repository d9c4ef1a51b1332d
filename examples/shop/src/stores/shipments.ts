/**
 * The parcels. An order's number stands for its parcel, so asking twice sends nothing twice.
 */

import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { inDurableTransaction } from '../database.ts';

export const shipmentsSchema = `
  CREATE TABLE IF NOT EXISTS shipments (
    order_id TEXT PRIMARY KEY,
    parcel TEXT NOT NULL,
    booked_at TEXT NOT NULL
  ) STRICT;
`;

/** A parcel that is booked. */
export interface Shipment {
  readonly orderId: string;
  readonly parcel: string;
}

/** The shipments in `database`. */
export function openShipments(database: DatabaseSync): { book(orderId: string): Shipment } {
  const insert = database.prepare('INSERT OR IGNORE INTO shipments VALUES (?, ?, ?)');
  const find = database.prepare('SELECT parcel FROM shipments WHERE order_id = ?');
  return {
    book: (orderId) =>
      inDurableTransaction(database, () => {
        insert.run(orderId, randomUUID(), new Date().toISOString());
        return { orderId, parcel: String(find.get(orderId)?.['parcel']) };
      }),
  };
}
