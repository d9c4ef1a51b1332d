import { describe, expect, it } from 'vitest';
import { readOrderLines } from './order-lines.ts';

describe('order lines', () => {
  it('reads products and quantities, and drops what else is there', () => {
    const body = { lines: [{ sku: 'brass-bell', quantity: 2, priceCents: 1 }] };
    expect(readOrderLines(body)).toEqual([{ sku: 'brass-bell', quantity: 2 }]);
  });

  it.each([
    ['nothing', undefined, '`lines`'],
    ['no lines', { lines: [] }, '`lines`'],
    [
      'too many lines',
      { lines: Array.from({ length: 51 }, (_, n) => ({ sku: `s-${n}`, quantity: 1 })) },
      '1 to 50',
    ],
    ['a line that is null', { lines: [null] }, '`sku`'],
    ['a product number of another kind', { lines: [{ sku: "x'; --", quantity: 1 }] }, '`sku`'],
    ['none of a product', { lines: [{ sku: 'bell', quantity: 0 }] }, 'quantity of bell'],
    ['half a product', { lines: [{ sku: 'bell', quantity: 0.5 }] }, 'quantity of bell'],
    ['a quantity as text', { lines: [{ sku: 'bell', quantity: '1' }] }, 'quantity of bell'],
    [
      'a product twice',
      {
        lines: [
          { sku: 'bell', quantity: 1 },
          { sku: 'bell', quantity: 1 },
        ],
      },
      'listed twice',
    ],
  ])('refuses %s', (_, body, words) => {
    expect(() => readOrderLines(body)).toThrow(words);
  });
});
