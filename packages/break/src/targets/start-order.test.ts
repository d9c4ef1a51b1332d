import { array, assert, asyncProperty, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inOrder, startOrder, stopOrder } from './start-order.ts';

/** Any system: up to eight services, and who calls whom, circles and calls of oneself among them. */
const anyCalls = array(array(nat({ max: 7 }), { maxLength: 4 }), { minLength: 1, maxLength: 8 }).map(
  (calls) =>
    calls.map((callees, n) => ({
      name: `s${n}`,
      calls: [...new Set(callees.map((callee) => `s${callee % calls.length}`))],
    })),
);

describe('the order of starting', () => {
  it('puts a service after those that it calls', () => {
    const order = startOrder([
      { name: 'gateway', calls: ['catalog', 'orders'] },
      { name: 'orders', calls: ['payment'] },
      { name: 'catalog', calls: [] },
      { name: 'payment', calls: [] },
    ]);
    expect(Object.fromEntries(order)).toEqual({
      gateway: ['catalog', 'orders'],
      orders: ['payment'],
      catalog: [],
      payment: [],
    });
  });

  it('lets nobody wait within a circle', () => {
    const order = startOrder([
      { name: 'a', calls: ['b', 'c'] },
      { name: 'b', calls: ['a'] },
      { name: 'c', calls: [] },
    ]);
    expect(Object.fromEntries(order)).toEqual({ a: ['c'], b: [], c: [] });
  });

  it('can always be followed to the end, starting and stopping, each service once', async () => {
    await assert(
      asyncProperty(anyCalls, async (services) => {
        const order = startOrder(services);
        for (const following of [order, stopOrder(order)]) {
          const done: string[] = [];
          await Promise.all(
            inOrder(following, async (name) => {
              expect(done).toEqual(expect.arrayContaining([...(following.get(name) ?? [])]));
              done.push(name);
            }),
          );
          expect(done.toSorted()).toEqual(services.map(({ name }) => name).toSorted());
        }
      }),
    );
  });

  it('waits for every call that is in no circle', () => {
    assert(
      property(anyCalls, (services) => {
        const order = startOrder(services);
        const calls = new Map(services.map(({ name, calls }) => [name, calls]));
        const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
          (calls.get(from) ?? []).some((next) => {
            if (next === to) return true;
            if (seen.has(next)) return false;
            seen.add(next);
            return reaches(next, to, seen);
          });
        for (const { name, calls: callees } of services) {
          expect(order.get(name)).toEqual(callees.filter((callee) => !reaches(callee, name)));
        }
      }),
    );
  });

  it('stops at a failure, and does nothing behind it', async () => {
    const begun: string[] = [];
    const order = new Map([
      ['gateway', ['orders']],
      ['orders', ['payment']],
      ['payment', []],
    ]);
    const all = inOrder(order, async (name) => {
      begun.push(name);
      if (name === 'orders') throw new Error('no');
    });
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(begun).toEqual(['payment', 'orders']);
  });
});
