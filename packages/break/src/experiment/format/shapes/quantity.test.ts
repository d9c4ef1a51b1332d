import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { type QuantityKind, quantityPattern, readQuantity, showQuantity } from './quantity.ts';

describe('Amounts', { timeout: 60_000 }, () => {
  test.each([
    ['duration', '300ms', 300],
    ['duration', ' 1.5 s ', 1500],
    ['duration', '2m', 120_000],
    ['duration', '1h', 3_600_000],
    ['fraction', '10%', 0.1],
    ['fraction', '99.95 %', 0.9995],
    ['rate', '200/s', 200],
    ['rate', '90/m', 1.5],
    ['size', '64MB', 64_000_000],
    ['size', '64mb', 64_000_000],
    ['size', '1 GiB', 1_073_741_824],
  ] as const)('a %s of %s is %d', (kind, text, value) => {
    expect(readQuantity(kind, text, text)).toEqual({ value });
  });

  test.each([
    ['duration', '10', '`10` has no unit. Write `10s` or `500ms`.'],
    ['duration', '250', '`250` has no unit. Write `250ms` or `5s`.'],
    ['duration', '10min', '`min` in `10min` is not a unit. Write `10m`.'],
    ['duration', '10S', '`S` in `10S` is not a unit. Write `10s`.'],
    [
      'duration',
      '10 fortnights',
      '`fortnights` in `10 fortnights` is not a unit of a duration. Units are `ms`, `s`, `m` and `h`.',
    ],
    ['duration', '-5s', '`-5s` is negative. A duration counts from 0 upwards.'],
    ['duration', '', '`` is not a duration. Write `10s` or `500ms`.'],
    ['duration', '99999999999999999s', '`99999999999999999s` is not a duration. Write `10s` or `500ms`.'],
    ['duration', '1m30s', '`1m30s` has several units. Write `90s`.'],
    ['duration', '1h 30m', '`1h 30m` has several units. Write `90m`.'],
    ['fraction', '0.25', '`0.25` has no unit. Write `25%`.'],
    ['fraction', '25 percent', '`percent` in `25 percent` is not a unit. Write `25%`.'],
    ['rate', '200 per second', '`per second` in `200 per second` is not a unit. Write `200/s`.'],
    ['size', '64', '`64` has no unit. Write `64MB` or `64MiB`.'],
    ['size', '64m', '`m` in `64m` is not a unit. Write `64MB`.'],
  ] as const)('a %s of `%s` is refused', (kind, text, problem) => {
    expect(readQuantity(kind, text, text)).toEqual({ problem });
  });

  test('what is shown is read back as the same amount, and matches the pattern for editors', () => {
    const kinds = fc.constantFrom<QuantityKind>('duration', 'rate', 'size');
    fc.assert(
      fc.property(kinds, fc.integer({ min: 0, max: 10_000_000 }), (kind, value) => {
        const shown = showQuantity(kind, value);
        expect(readQuantity(kind, shown, shown)).toEqual({ value });
        expect(shown).toMatch(new RegExp(quantityPattern(kind)));
      }),
    );
  });

  test('any text is read or refused with one sentence', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (text) => {
        const result = readQuantity('duration', text, 'for');
        if ('value' in result) expect(result.value).toBeGreaterThanOrEqual(0);
        else expect(result.problem).toMatch(/\.$/);
      }),
    );
  });
});
