/** A server that dies at each boundary of the once-only handler leaves exactly one effect, once it was asked again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TransactionPoint } from '@seaworthy/protect/store';
import type { OncePoint } from '@seaworthy/protect/idempotency';
import { sqliteStore } from '@seaworthy/stores/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chargeAtBank, chargeInTransaction, leaseMs, schema } from './fixtures/charging.ts';
import { ended, startChild } from './run-child.ts';

let folder: string;
let open: DatabaseSync[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seaworthy-crash-'));
  open = [];
});

afterEach(() => {
  for (const database of open) database.close();
  rmSync(folder, { recursive: true, force: true });
});

function openDatabase(name: string): DatabaseSync {
  const database = new DatabaseSync(join(folder, name));
  database.exec(schema);
  open.push(database);
  return database;
}

const chargesIn = (database: DatabaseSync) =>
  database
    .prepare('SELECT id FROM charges')
    .all()
    .map(({ id }) => String(id));

/** Whether the effect is there when the process died at a boundary, before anyone asked again. */
const transactionPoints: readonly (readonly [TransactionPoint, number])[] = [
  ['transaction-begun', 0],
  ['effect-made', 0],
  ['record-written', 0],
  ['committed', 1],
];
const leasedPoints: readonly (readonly [OncePoint, number])[] = [
  ['begun', 0],
  ['claimed', 0],
  ['effect-made', 1],
  ['recorded', 1],
];

describe('a server killed in its transaction', () => {
  it.each(transactionPoints)('at "%s" leaves %i effects, and one when asked again', async (point, left) => {
    const died = await ended(startChild('charge-and-die.ts', folder, 'transaction', point));
    expect(died.signal).toBe('SIGKILL');
    const database = openDatabase('payment.db');
    expect(chargesIn(database)).toHaveLength(left);
    const store = sqliteStore({ database });
    const first = await chargeInTransaction(store);
    expect(await chargeInTransaction(store)).toEqual(first);
    expect(chargesIn(database)).toEqual([first.id]);
  });
});

describe('a server killed around an effect that is elsewhere', () => {
  it.each(leasedPoints)('at "%s" leaves %i effects, and one when asked again', async (point, left) => {
    const died = await ended(startChild('charge-and-die.ts', folder, 'bank', point));
    expect(died.signal).toBe('SIGKILL');
    const bank = openDatabase('bank.db');
    expect(chargesIn(bank)).toHaveLength(left);
    const store = sqliteStore({ database: openDatabase('payment.db') });
    await sleep(leaseMs + 50);
    const first = await chargeAtBank(store, bank);
    expect(first.resumed).toBe(point === 'claimed' || point === 'effect-made');
    expect(await chargeAtBank(store, bank)).toEqual(first);
    expect(chargesIn(bank)).toEqual([first.id]);
  });
});
