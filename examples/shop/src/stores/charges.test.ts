import { DatabaseSync } from 'node:sqlite';
import { array, assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chargesSchema, openCharges } from './charges.ts';

function emptyDatabase(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  database.exec(chargesSchema);
  return database;
}

const countCharges = (database: DatabaseSync): number =>
  Number(database.prepare('SELECT count(*) AS n FROM charges').get()?.['n']);

describe('charges', () => {
  it('plays the same charge back for the same key', () => {
    const database = emptyDatabase();
    const { charge } = openCharges(database);
    const first = charge({ orderId: 'o-1', amountCents: 500 }, 'k-1');
    const again = charge({ orderId: 'o-1', amountCents: 500 }, 'k-1');
    expect(first.kind).toBe('charged');
    expect(again).toEqual({ ...first, kind: 'played-back' });
    expect(countCharges(database)).toBe(1);
  });

  it('refuses a key that was used for another charge', () => {
    const { charge } = openCharges(emptyDatabase());
    charge({ orderId: 'o-1', amountCents: 500 }, 'k-1');
    expect(charge({ orderId: 'o-1', amountCents: 501 }, 'k-1')).toEqual({ kind: 'key-reused' });
    expect(charge({ orderId: 'o-2', amountCents: 500 }, 'k-1')).toEqual({ kind: 'key-reused' });
  });

  it('charges again for every request without a key', () => {
    const database = emptyDatabase();
    const { charge } = openCharges(database);
    charge({ orderId: 'o-1', amountCents: 500 }, undefined);
    charge({ orderId: 'o-1', amountCents: 500 }, undefined);
    expect(countCharges(database)).toBe(2);
  });

  it('keeps neither the key nor the charge when one of them cannot be written', () => {
    const database = emptyDatabase();
    const { charge } = openCharges(database);
    database.exec(
      "CREATE TRIGGER full BEFORE INSERT ON idempotency_keys BEGIN SELECT RAISE(FAIL, 'full'); END",
    );
    expect(() => charge({ orderId: 'o-1', amountCents: 500 }, 'k-1')).toThrow('full');
    expect(countCharges(database)).toBe(0);
    database.exec('DROP TRIGGER full');
    expect(charge({ orderId: 'o-1', amountCents: 500 }, 'k-1').kind).toBe('charged');
  });

  it('has one charge for each key, whatever is repeated in whatever order', () => {
    assert(
      property(array(integer({ min: 0, max: 9 }), { maxLength: 60 }), (numbers) => {
        const database = emptyDatabase();
        const { charge } = openCharges(database);
        for (const n of numbers) charge({ orderId: `o-${n}`, amountCents: 100 + n }, `k-${n}`);
        expect(countCharges(database)).toBe(new Set(numbers).size);
      }),
    );
  });
});
