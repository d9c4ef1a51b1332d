import { expect, test } from 'vitest';
import { readRetryAfter } from './retry-after.ts';

const now = Date.UTC(2026, 10, 24, 10, 0, 0);
const read = (outcome: unknown) => readRetryAfter(outcome, () => now);

test.each([
  ['an error of ours', { retryAfterMs: 250 }, 250],
  ['seconds in a response', new Response('', { headers: { 'Retry-After': '3' } }), 3_000],
  ['seconds in an error with a response', { response: { headers: { 'retry-after': '3' } } }, 3_000],
  ['fractions of seconds', { headers: { 'retry-after': '1.5' } }, 1_500],
  ['nothing to wait for', { headers: { 'retry-after': '0' } }, 0],
  ['a date, by our clock', { headers: { 'retry-after': 'Tue, 24 Nov 2026 10:00:07 GMT' } }, 7_000],
  [
    'a date, by the clock of the other side',
    { headers: { 'retry-after': 'Tue, 24 Nov 2026 11:00:07 GMT', date: 'Tue, 24 Nov 2026 11:00:00 GMT' } },
    7_000,
  ],
  ['a date that has passed', { headers: { 'retry-after': 'Tue, 24 Nov 2026 09:00:00 GMT' } }, 0],
])('reads %s', (_what, outcome, expected) => {
  expect(read(outcome)).toBe(expected);
});

test.each([
  undefined,
  null,
  'busy',
  429,
  new Error('busy'),
  { retryAfterMs: -1 },
  { retryAfterMs: 'soon' },
  { headers: { 'retry-after': 'soon' } },
  { headers: { 'retry-after': ['3'] } },
  new Response('ok'),
])('finds nothing in %j', (outcome) => {
  expect(read(outcome)).toBeUndefined();
});
