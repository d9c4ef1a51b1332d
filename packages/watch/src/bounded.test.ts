import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedError, boundedJson, boundedText } from './bounded.ts';

test('whatever is thrown or logged becomes JSON of bounded size', () => {
  fc.assert(
    fc.property(
      fc.anything({
        maxDepth: 6,
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withTypedArray: true,
      }),
      (value) => {
        expect(JSON.stringify(boundedJson(value)).length).toBeLessThan(1_000_000);
        const { name, message } = boundedError(value);
        expect(name.length).toBeLessThanOrEqual(80);
        expect(message.length).toBeLessThanOrEqual(500);
      },
    ),
  );
});

test('a huge value costs a small line', () => {
  const wide = Array.from({ length: 1000 }, () => Array.from({ length: 1000 }, () => 'x'.repeat(10_000)));
  expect(JSON.stringify(boundedJson(wide)).length).toBeLessThan(200 * 510);
});

test('a circle ends, and what cannot be read is said to be so', () => {
  const circle: Record<string, unknown> = { name: 'ring' };
  circle['again'] = circle;
  expect(JSON.stringify(boundedJson(circle))).toContain('[object]');
  const hostile = {
    get secretPlan(): string {
      throw new Error('no');
    },
  };
  expect(boundedJson(hostile)).toBe('[unreadable]');
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  expect(boundedJson(revoked.proxy)).toBe('[unreadable]');
  expect(boundedError(revoked.proxy)).toEqual({ name: 'Error', message: '[unreadable]' });
});

test('an error keeps its name, message and code', () => {
  const error = Object.assign(new TypeError('wrong kind'), { code: 'E_KIND' });
  expect(boundedError(error)).toEqual({ name: 'TypeError', message: 'wrong kind', code: 'E_KIND' });
  expect(boundedError(Object.assign(new Error('x'), { code: 404 }))).toMatchObject({ code: '404' });
  expect(boundedError('just text')).toEqual({ name: 'Thrown', message: 'just text' });
  expect(boundedError(undefined)).toEqual({ name: 'Thrown', message: 'undefined' });
  expect(boundedError({ status: 500 })).toEqual({ name: 'Thrown', message: '{"status":500}' });
});

test('secrets do not get through, by name or by form', () => {
  const told = JSON.stringify([
    boundedJson({
      authorization: 'hunter2',
      nested: { apiKey: 'hunter2', 'set-cookie': 'hunter2', Password: 'hunter2', accessToken: 'hunter2' },
    }),
    boundedText('connect to postgres://shop:hunter2@db/orders failed'),
    boundedText('sent Authorization: Bearer hunter2hunter2'),
    boundedText('GET /pay?token=hunter2&n=1'),
    boundedText('{"password":"hunter2"}'),
    boundedError(new Error('redis://:hunter2@cache:6379 refused')),
  ]);
  expect(told).not.toContain('hunter2');
  expect(told).toContain('/orders');
  expect(told).toContain('n=1');
});

test('a name that would change an object only stands in it', () => {
  const result = boundedJson(JSON.parse('{"__proto__":{"polluted":true}}')) as Record<string, unknown>;
  expect(Object.keys(result)).toEqual(['__proto__']);
  expect(result['polluted']).toBeUndefined();
});

test('numbers that JSON has no form for become text', () => {
  expect(boundedJson([NaN, Infinity, 10n, new Date(0), new Uint8Array(3)])).toEqual([
    'NaN',
    'Infinity',
    '10',
    '1970-01-01T00:00:00.000Z',
    '[3 bytes]',
  ]);
});
