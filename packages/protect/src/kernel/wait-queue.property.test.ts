import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ArrivalQueue, FairQueue, PriorityQueue, type Waiter, type WaitQueue } from './wait-queue.ts';

interface NumberedWaiter extends Waiter {
  readonly number: number;
}

const anyStep = fc.record({
  does: fc.constantFrom('add', 'add', 'take', 'remove', 'evict'),
  priority: fc.nat(3),
  tenant: fc.constantFrom('a', 'b', 'c', undefined),
  which: fc.nat(),
});
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

function waiter(number: number, { priority, tenant }: Pick<Waiter, 'priority' | 'tenant'>): NumberedWaiter {
  return { number, priority, tenant, list: undefined, previous: undefined, next: undefined };
}

/** Puts a queue through the steps; `next` and `victim` tell what a plain list, oldest first, would do. */
function follows(
  queue: WaitQueue,
  steps: readonly Step[],
  next: (waiting: readonly NumberedWaiter[]) => NumberedWaiter | undefined,
  victim: (waiting: readonly NumberedWaiter[], newcomer: NumberedWaiter) => NumberedWaiter | undefined,
): void {
  let waiting: readonly NumberedWaiter[] = [];
  for (const [number, step] of steps.entries()) {
    if (step.does === 'add') {
      const newcomer = waiter(number, step);
      queue.add(newcomer);
      waiting = [...waiting, newcomer];
    } else if (step.does === 'take') {
      const expected = next(waiting);
      expect((queue.take() as NumberedWaiter | undefined)?.number).toBe(expected?.number);
      waiting = waiting.filter((other) => other !== expected);
    } else if (step.does === 'remove') {
      const leaver = waiting[step.which % Math.max(1, waiting.length)];
      if (leaver !== undefined) queue.remove(leaver);
      // Whoever has left already may leave again.
      if (leaver !== undefined) queue.remove(leaver);
      waiting = waiting.filter((other) => other !== leaver);
    } else {
      const newcomer = waiter(number, step);
      expect((queue.victim(newcomer) as NumberedWaiter | undefined)?.number).toBe(
        victim(waiting, newcomer)?.number,
      );
    }
    expect(queue.size).toBe(waiting.length);
  }
}

const steps = fc.array(anyStep, { maxLength: 80 });

test('by arrival it equals a list, taken from its front, or from its end while it is long', () => {
  fc.assert(
    fc.property(steps, fc.option(fc.nat(6), { nil: Infinity }), (all, lifoAbove) => {
      follows(
        new ArrivalQueue(lifoAbove),
        all,
        (waiting) => (waiting.length > lifoAbove ? waiting.at(-1) : waiting[0]),
        (waiting) => (lifoAbove < Infinity ? waiting[0] : undefined),
      );
    }),
    { numRuns: 300 },
  );
});

test('by priority it equals a list that is sorted each time', () => {
  fc.assert(
    fc.property(steps, (all) => {
      follows(
        new PriorityQueue(4),
        all,
        (waiting) => waiting.toSorted((one, other) => one.priority - other.priority)[0],
        (waiting, newcomer) => {
          const least = waiting.toSorted((one, other) => one.priority - other.priority).at(-1);
          return least !== undefined && least.priority > newcomer.priority ? least : undefined;
        },
      );
    }),
    { numRuns: 300 },
  );
});

test('by fair share nobody is lost, and each tenant is served in the order of its calls', () => {
  fc.assert(
    fc.property(steps, fc.record({ a: fc.nat(4), b: fc.nat(4), c: fc.nat(4) }), (all, weights) => {
      const queue = new FairQueue((tenant) => weights[tenant as 'a'] ?? 1);
      let waiting: readonly NumberedWaiter[] = [];
      const leave = (leaver: NumberedWaiter) => {
        waiting = waiting.filter((other) => other !== leaver);
      };
      for (const [number, step] of all.entries()) {
        if (step.does === 'add') {
          const newcomer = waiter(number, step);
          queue.add(newcomer);
          waiting = [...waiting, newcomer];
        } else if (step.does === 'take') {
          const taken = queue.take() as NumberedWaiter | undefined;
          expect(taken === undefined).toBe(waiting.length === 0);
          if (taken === undefined) continue;
          expect(taken).toBe(waiting.find((each) => each.tenant === taken.tenant));
          leave(taken);
        } else if (step.does === 'remove' && waiting.length > 0) {
          const leaver = waiting[step.which % waiting.length]!;
          queue.remove(leaver);
          leave(leaver);
        } else if (step.does === 'evict') {
          const newcomer = waiter(number, step);
          const victim = queue.victim(newcomer) as NumberedWaiter | undefined;
          const shareOf = (tenant: Waiter['tenant']) =>
            waiting.filter((each) => each.tenant === tenant).length;
          if (victim !== undefined) {
            // Only who has more than the newcomer would have makes way, and its newest call goes.
            expect(shareOf(victim.tenant)).toBeGreaterThan(shareOf(newcomer.tenant) + 1);
            expect(victim).toBe(waiting.findLast(({ tenant }) => tenant === victim.tenant));
          }
        }
        expect(queue.size).toBe(waiting.length);
      }
    }),
    { numRuns: 300 },
  );
});

test('by fair share tenants that always wait are served by their weights, to within one round', () => {
  const anyWeights = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(anyWeights, fc.nat(60), (weights, takes) => {
      const queue = new FairQueue((tenant) => weights[Number(tenant)]!);
      let number = 0;
      for (const tenant of weights.keys()) {
        for (let i = 0; i < 100; i++) queue.add(waiter(number++, { priority: 1, tenant: String(tenant) }));
      }
      const served = weights.map(() => 0);
      for (let i = 0; i < takes; i++) served[Number(queue.take()!.tenant)]!++;
      const rounds = Math.floor(takes / weights.reduce((sum, weight) => sum + weight, 0));
      for (const [tenant, weight] of weights.entries()) {
        expect(served[tenant]).toBeGreaterThanOrEqual(rounds * weight);
        expect(served[tenant]).toBeLessThanOrEqual((rounds + 1) * weight);
      }
    }),
    { numRuns: 300 },
  );
});
