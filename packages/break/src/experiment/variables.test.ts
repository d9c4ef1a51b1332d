import { describe, expect, test } from 'vitest';
import { resolveVariables, variablesIn } from './variables.ts';

describe('Placeholders', () => {
  test('are replaced by what they stand for', () => {
    const variables = { gateway: 'http://127.0.0.1:4000', 'orders.data': '/run/orders' };
    expect(resolveVariables('${gateway}/a?b=${gateway}', variables)).toBe(
      'http://127.0.0.1:4000/a?b=http://127.0.0.1:4000',
    );
    expect(resolveVariables('${orders.data}/orders.db', variables)).toBe('/run/orders/orders.db');
  });

  test('that are not known stay for the load to fill in', () => {
    expect(resolveVariables('${uuid} ${n} ${toString} $x {y}', {})).toBe('${uuid} ${n} ${toString} $x {y}');
  });

  test('do not act on what they put in', () => {
    expect(resolveVariables('${a}', { a: '${b} $& $1', b: 'no' })).toBe('${b} $& $1');
  });

  test('are found with their places', () => {
    expect(variablesIn('x ${a} ${b.data ')).toEqual([
      { name: 'a', start: 2, length: 4, closed: true },
      { name: 'b.data ', start: 7, length: 9, closed: false },
    ]);
  });
});
