import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Plan, type Planned, type WhenDead } from './plan.ts';

const planned = (order: number, more: Partial<Planned> = {}): Planned => ({
  key: `k-${order}`,
  order,
  orderingKey: 'a',
  dueAt: -Infinity,
  dead: false,
  expired: false,
  ...more,
});

/** Takes all that may be taken at `now`. */
function takeAll(plan: Plan, now = 0): readonly number[] {
  const orders: number[] = [];
  for (let next = plan.take(now); next !== undefined; next = plan.take(now)) orders.push(next.order);
  return orders;
}

describe('a plan', () => {
  it.each<[string, readonly Planned[], WhenDead, readonly number[]]>([
    ['the first of a lane', [planned(2), planned(1)], 'halt', [1]],
    ['none behind a dead one that halts', [planned(1, { dead: true }), planned(2)], 'halt', []],
    ['the one behind a dead one that is skipped', [planned(1, { dead: true }), planned(2)], 'skip', [2]],
    ['none of a lane of which one is under way', [planned(1), planned(2, { dueAt: Infinity })], 'skip', []],
    [
      'all that have no lane',
      [planned(1, { orderingKey: undefined }), planned(2, { orderingKey: undefined })],
      'halt',
      [1, 2],
    ],
    ['what is expired, whosever turn it is', [planned(1), planned(2, { expired: true })], 'halt', [1, 2]],
  ])('offers %s', (_, found, whenDead, orders) => {
    expect(takeAll(new Plan(found, whenDead, 0))).toEqual(orders);
  });

  it('offers what comes later when it is due, in the order of times', () => {
    const at = (order: number, dueAt: number) => planned(order, { orderingKey: undefined, dueAt });
    const plan = new Plan([at(1, 30), at(2, 10), at(3, 20), at(4, 10)], 'halt', 0);
    expect(plan.nextDueAt).toBe(10);
    expect(takeAll(plan, 9)).toEqual([]);
    expect(takeAll(plan, 20)).toEqual([2, 4, 3]);
    expect(plan.nextDueAt).toBe(30);
    expect(takeAll(plan, 30)).toEqual([1]);
    expect(plan.nextDueAt).toBe(Infinity);
  });

  it('gives the turn back to one that came back from the dead, after what is under way behind it', () => {
    const plan = new Plan([planned(1), planned(2, { dueAt: Infinity })], 'skip', 0);
    expect(takeAll(plan)).toEqual([]);
    plan.again('k-2', 5, 0);
    expect(takeAll(plan)).toEqual([1]);
    plan.gone('k-1', 0);
    expect(takeAll(plan, 4)).toEqual([]);
    expect(takeAll(plan, 5)).toEqual([2]);
  });

  const anyFound = fc.array(
    fc.record({ lane: fc.constantFrom('a', 'b', 'c', undefined), dueAt: fc.nat(20), dead: fc.boolean() }),
    {
      maxLength: 30,
    },
  );
  const anyEnds = fc.infiniteStream(
    fc.record({ end: fc.constantFrom('gone', 'died', 'again'), pick: fc.nat(), waitMs: fc.nat(9) }),
  );

  it('sends all there is, one of a lane at a time and in order, whatever becomes of each', () => {
    fc.assert(
      fc.property(anyFound, anyEnds, fc.constantFrom<WhenDead>('halt', 'skip'), (items, ends, whenDead) => {
        const all = items.map(({ lane, dueAt, dead }, order) =>
          planned(order, { orderingKey: lane, dueAt, dead }),
        );
        const plan = new Plan(all.toSorted(() => 0).toReversed(), whenDead, 0);
        const left = new Map(all.map((each) => [each.key, each]));
        const out = new Map<string, Planned>();
        let now = 0;
        for (let steps = 0; steps < 500; steps++) {
          for (let next = plan.take(now); next !== undefined; next = plan.take(now)) {
            expect(next.dueAt).toBeLessThanOrEqual(now);
            expect(left.get(next.key)).toBe(next);
            const lane = [...left.values()].filter(
              (each) => next.orderingKey !== undefined && each.orderingKey === next.orderingKey,
            );
            expect(lane.filter((each) => out.has(each.key))).toEqual([]);
            const ahead = lane.filter((each) => each.order < next.order);
            expect(ahead.every(({ dead }) => dead && whenDead === 'skip')).toBe(true);
            out.set(next.key, next);
          }
          if (out.size === 0 && plan.nextDueAt === Infinity) break;
          const { end, pick, waitMs } = ends.next().value as { end: string; pick: number; waitMs: number };
          const ended = [...out.values()][pick % Math.max(1, out.size)];
          now += waitMs;
          if (ended === undefined) {
            now = Math.max(now, plan.nextDueAt);
            continue;
          }
          out.delete(ended.key);
          if (end === 'gone' || steps > 300) {
            left.delete(ended.key);
            plan.gone(ended.key, now);
          } else if (end === 'died') plan.died(ended.key, now);
          else plan.again(ended.key, now + waitMs, now);
        }
        // What is left is dead, or waits behind a dead one.
        for (const each of left.values()) {
          if (each.dead) continue;
          const ahead = [...left.values()].filter(
            ({ orderingKey, order }) => orderingKey === each.orderingKey && order < each.order,
          );
          expect(
            whenDead === 'halt' && each.orderingKey !== undefined && ahead.some(({ dead }) => dead),
          ).toBe(true);
        }
      }),
    );
  });
});
