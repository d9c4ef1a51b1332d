/** A request that is handled once, and leads to messages that are sent once: its effect and their intents are one transaction. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { onceInTransaction } from '@seaworthy/protect/idempotency';
import { beginLife, outbox, startRelay } from '@seaworthy/protect/outbox';
import { sqliteStore } from '@seaworthy/stores/sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
let database: DatabaseSync;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seaworthy-chain-'));
  database = new DatabaseSync(join(folder, 'orders.db'));
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE orders (id TEXT)');
});

afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

it('commits an effect and several intents together, or none of them, and sends each once', async () => {
  const store = sqliteStore({ database });
  const receipts = outbox<string, DatabaseSync>({ name: 'receipts', store });
  const parcels = outbox<string, DatabaseSync>({ name: 'parcels', store });
  const orders = onceInTransaction<string, DatabaseSync>({ store, scope: 'orders' });
  const take = (fails: boolean) =>
    orders.run({ key: 'order-1', fingerprint: 'f' }, (db) => {
      db.exec("INSERT INTO orders VALUES ('order-1')");
      void receipts.putIn(db, 'receipt', { key: 'order-1' });
      for (const n of [1, 2])
        void parcels.putIn(db, `parcel ${n}`, { key: `order-1/${n}`, orderingKey: 'order-1' });
      if (fails) throw new Error('after all of it');
      return 'taken';
    });
  const stored = async () => [
    database.prepare('SELECT id FROM orders').all().length,
    (await receipts.count()).alive,
    (await parcels.count()).alive,
  ];

  await expect(take(true)).rejects.toThrow('after all of it');
  expect(await stored()).toEqual([0, 0, 0]);
  expect(await take(false)).toEqual({ reply: 'taken', replayed: false });
  expect(await take(false)).toEqual({ reply: 'taken', replayed: true });
  expect(await stored()).toEqual([1, 1, 2]);

  const sent: string[] = [];
  await using life = await beginLife({ store });
  const relays = [receipts, parcels].map((box) =>
    startRelay<string>({ outbox: box, life, send: ({ payload }) => void sent.push(payload), poll: '20ms' }),
  );
  while (sent.length < 3) await sleep(5);
  for (const relay of relays) await relay.close();
  expect(sent.filter((payload) => payload !== 'receipt')).toEqual(['parcel 1', 'parcel 2']);
  expect(await stored()).toEqual([1, 0, 0]);
});

it('refuses an intent whose key another one has, and one beyond the bound', async () => {
  const store = sqliteStore({ database });
  const box = outbox<string, DatabaseSync>({ name: 'receipts', store, maxStored: 2 });
  await box.put('one', { key: 'k-1' });
  database.exec('BEGIN');
  expect(box.putIn(database, 'one', { key: 'k-1' })).toEqual({ key: 'k-1', stored: false });
  expect(() => box.putIn(database, 'two', { key: 'k-1' })).toThrow(
    expect.objectContaining({ code: 'OUTBOX_KEY_TAKEN' }),
  );
  database.exec('COMMIT');
  await box.put('two');
  database.exec('BEGIN');
  expect(() => box.putIn(database, 'three')).toThrow(expect.objectContaining({ code: 'OUTBOX_FULL' }));
  database.exec('ROLLBACK');
});
