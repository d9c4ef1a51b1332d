import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openStock, type Stock, stockSchema } from './stock.ts';

function stockOf(initial: Readonly<Record<string, number>>): Stock {
  const database = new DatabaseSync(':memory:');
  database.exec(stockSchema);
  return openStock(database, initial);
}

describe('stock', () => {
  it('takes an order from the shelves once, however often it is asked', () => {
    const stock = stockOf({ bell: 5 });
    expect(stock.reserve('o-1', [{ sku: 'bell', quantity: 2 }])).toEqual([]);
    expect(stock.reserve('o-1', [{ sku: 'bell', quantity: 2 }])).toEqual([]);
    expect(stock.levels()).toEqual({ bell: 3 });
  });

  it('takes all lines of an order or none, and names what is short', () => {
    const stock = stockOf({ bell: 5, rope: 1 });
    const lines = [
      { sku: 'bell', quantity: 1 },
      { sku: 'rope', quantity: 2 },
    ];
    expect(stock.reserve('o-1', lines)).toEqual(['rope']);
    expect(stock.levels()).toEqual({ bell: 5, rope: 1 });
  });

  it('is short of what it does not know', () => {
    expect(stockOf({ bell: 5 }).reserve('o-1', [{ sku: 'anchor', quantity: 1 }])).toEqual(['anchor']);
  });

  it('gives the last piece to one order only', () => {
    const stock = stockOf({ bell: 1 });
    expect(stock.reserve('o-1', [{ sku: 'bell', quantity: 1 }])).toEqual([]);
    expect(stock.reserve('o-2', [{ sku: 'bell', quantity: 1 }])).toEqual(['bell']);
  });
});
