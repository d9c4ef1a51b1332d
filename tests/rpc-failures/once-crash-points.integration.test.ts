/** A server that dies at each boundary of the once-only handler leaves exactly one effect, once it was asked again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeaworthyError } from '@seaworthy/protect';
import type { OncePoint } from '@seaworthy/protect/idempotency';
import type { TransactionPoint } from '@seaworthy/protect/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../servers/postgres.ts';
import { startRedis } from '../servers/redis.ts';
import type { Server } from '../servers/server.ts';
import {
  chargeAtBank,
  chargesFor,
  leaseMs,
  openBank,
  openStore,
  openTill,
  type Place,
} from './fixtures/charging.ts';
import { ended, startChild } from './run-child.ts';

let folder: string;
let servers: Readonly<Record<'redis' | 'postgres', Server>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seaworthy-crash-'));
  servers = { redis: await startRedis(), postgres: await startPostgres() };
});

afterAll(async () => {
  for (const server of Object.values(servers)) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const placeOf = (kind: Place['kind']): Place => ({
  kind,
  where: kind === 'sqlite' ? join(folder, 'payment.db') : servers[kind].url,
});

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

describe.each(['sqlite', 'postgres'] as const)('a server killed in its transaction on %s', (kind) => {
  it.each(transactionPoints)('at "%s" leaves %i effects, and one when asked again', async (point, left) => {
    const place = placeOf(kind);
    const order = `order-${point}`;
    const died = await ended(startChild('charge-and-die.ts', kind, place.where, order, point));
    expect(died.signal).toBe('SIGKILL');
    const till = await openTill(place);
    try {
      expect(await till.chargesFor(order)).toHaveLength(left);
      const first = await untilAnswered(() => till.charge(order));
      expect(await till.charge(order)).toEqual(first);
      expect(await till.chargesFor(order)).toEqual([first.id]);
    } finally {
      await till.close();
    }
  });
});

describe.each(['sqlite', 'redis', 'postgres'] as const)(
  'a server killed around an effect that is elsewhere, with records on %s',
  (kind) => {
    it.each(leasedPoints)('at "%s" leaves %i effects, and one when asked again', async (point, left) => {
      const place = placeOf(kind);
      const order = `order-${point}`;
      const bankFile = join(folder, `bank-of-${kind}.db`);
      const died = await ended(startChild('charge-and-die.ts', kind, place.where, order, point, bankFile));
      expect(died.signal).toBe('SIGKILL');
      const bank = openBank(bankFile);
      await using store = openStore(place);
      try {
        expect(chargesFor(bank, order)).toHaveLength(left);
        await sleep(leaseMs + 50);
        const first = await chargeAtBank(store, bank, order);
        expect(first.resumed).toBe(point === 'claimed' || point === 'effect-made');
        expect(await chargeAtBank(store, bank, order)).toEqual(first);
        expect(chargesFor(bank, order)).toEqual([first.id]);
      } finally {
        bank.close();
      }
    });
  },
);

/** A database server takes a moment to find that the process is gone that held a lock. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const isBusy = SeaworthyError.is(error) && error.code === 'IDEMPOTENCY_IN_FLIGHT';
      if (!isBusy || tries >= 100) throw error;
      await sleep(50);
    }
  }
}
