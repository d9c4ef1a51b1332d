import { expect, test } from 'vitest';
import { quantile, showMs } from './show.ts';

test.each([
  [0.04, '0 ms'],
  [0.44, '0.4 ms'],
  [3, '3 ms'],
  [12.6, '13 ms'],
  [999.4, '999 ms'],
  [1_000, '1 s'],
  [2_500, '2.5 s'],
  [12_345, '12.3 s'],
])('%s ms is shown as %s', (ms, text) => {
  expect(showMs(ms)).toBe(text);
});

test('a quantile is the nearest rank', () => {
  const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0.5, 0.99, 1].map((share) => quantile(numbers, share))).toEqual([50, 99, 100]);
  expect(quantile([], 0.99)).toBe(0);
});
