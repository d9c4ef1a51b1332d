import { expect, test } from 'vitest';
import type { LoadRequest } from '../experiment/model.ts';
import { VariableError } from '../variables.ts';
import { prepareRequest } from './prepare-request.ts';

const variables = { gateway: 'http://127.0.0.1:8080' };

function request(changes: Partial<LoadRequest> = {}): LoadRequest {
  return {
    name: 'checkout',
    weight: 1,
    method: 'POST',
    url: `\${gateway}/orders/\${n}`,
    headers: { 'idempotency-key': `order-\${uuid}` },
    body: `{"order":"\${uuid}","by":"\${gateway}"}`,
    statuses: [],
    ...changes,
  };
}

test('variables are filled in; number and UUID are new each time, and the same throughout one request', () => {
  const prepared = prepareRequest(request(), variables);
  const first = prepared.make(1);
  const second = prepared.make(2);
  expect(first.url.href).toBe('http://127.0.0.1:8080/orders/1');
  expect(second.url.href).toBe('http://127.0.0.1:8080/orders/2');
  const order = (JSON.parse(first.body ?? '') as { order: string }).order;
  expect(order).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  expect(first.headers['idempotency-key']).toBe(`order-${order}`);
  expect(second.body).not.toContain(order);
});

test('an unknown variable is refused, naming those that there are', () => {
  expect(() => prepareRequest(request({ url: `\${gatway}/x` }), variables)).toThrow(
    new VariableError(
      "`${gatway}` in the URL of the load's request `checkout` stands for nothing; there are `gateway`, `uuid`, `n`.",
    ),
  );
});

test.each([
  ['a URL that is none', { url: 'ftp://127.0.0.1/x' }, /begin with http:\/\/ or https:\/\//],
  ['a method that HTTP does not have', { method: 'FETCH' }, /such as GET or POST/],
  [
    'a header that would split the request',
    { headers: { a: 'b\r\nc: d' } },
    /characters that HTTP does not allow/,
  ],
])('%s is refused before anything is sent', (_, changes, message) => {
  expect(() => prepareRequest(request(changes), variables)).toThrow(message);
});

test('any 2xx is good, unless the statuses are said', () => {
  const usual = prepareRequest(request(), variables);
  expect([200, 204, 302, 404, 503].map((status) => usual.isGood(status))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  const said = prepareRequest(request({ statuses: [404] }), variables);
  expect([200, 404].map((status) => said.isGood(status))).toEqual([false, true]);
});
