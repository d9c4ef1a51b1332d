import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { array, assert, asyncProperty, integer } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Charges } from './charge.ts';
import { openCharges } from './charges.ts';

let folder: string;
let charges: Charges;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shop-charges-'));
  charges = await openCharges(folder, undefined);
});

afterEach(async () => {
  await charges.close();
  rmSync(folder, { recursive: true, force: true });
});

function inDatabase<T>(look: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(folder, 'payment.db'));
  try {
    return look(database);
  } finally {
    database.close();
  }
}

const countCharges = (): number =>
  inDatabase((database) => Number(database.prepare('SELECT count(*) AS n FROM charges').get()?.['n']));

describe('charges', () => {
  it('plays the same charge back for the same key', async () => {
    const first = await charges.charge({ orderId: 'o-1', amountCents: 500 }, 'k-1');
    const again = await charges.charge({ orderId: 'o-1', amountCents: 500 }, 'k-1');
    expect(first.replayed).toBe(false);
    expect(again).toEqual({ reply: first.reply, replayed: true });
    expect(countCharges()).toBe(1);
  });

  it('refuses a key that was used for another charge', async () => {
    await charges.charge({ orderId: 'o-1', amountCents: 500 }, 'k-1');
    const refusal = { code: 'IDEMPOTENCY_KEY_REUSED' };
    await expect(charges.charge({ orderId: 'o-1', amountCents: 501 }, 'k-1')).rejects.toMatchObject(refusal);
    await expect(charges.charge({ orderId: 'o-2', amountCents: 500 }, 'k-1')).rejects.toMatchObject(refusal);
  });

  it('charges again for every request without a key', async () => {
    await charges.charge({ orderId: 'o-1', amountCents: 500 }, undefined);
    await charges.charge({ orderId: 'o-1', amountCents: 500 }, undefined);
    expect(countCharges()).toBe(2);
  });

  it('keeps neither the key nor the charge when the charge cannot be written', async () => {
    inDatabase((database) =>
      database.exec("CREATE TRIGGER full AFTER INSERT ON charges BEGIN SELECT RAISE(FAIL, 'full'); END"),
    );
    await expect(charges.charge({ orderId: 'o-1', amountCents: 500 }, 'k-1')).rejects.toThrow('full');
    expect(countCharges()).toBe(0);
    inDatabase((database) => database.exec('DROP TRIGGER full'));
    expect((await charges.charge({ orderId: 'o-1', amountCents: 500 }, 'k-1')).replayed).toBe(false);
  });

  it('has one charge for each key, whatever is repeated in whatever order', async () => {
    let round = 0;
    await assert(
      asyncProperty(array(integer({ min: 0, max: 9 }), { maxLength: 30 }), async (numbers) => {
        const before = countCharges();
        round++;
        for (const n of numbers) {
          await charges.charge({ orderId: `o-${n}`, amountCents: 100 + n }, `k-${round}-${n}`);
        }
        expect(countCharges() - before).toBe(new Set(numbers).size);
      }),
      { numRuns: 30 },
    );
  });
});
