import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PolicyEvent } from '@seaworthy/protect';
import { createCallCounter, otherPipelines } from './call-counter.ts';
import type { CallCounts } from './wire.ts';

const call = fc.record({
  type: fc.constantFrom('call.succeeded', 'call.failed', 'call.cancelled'),
  at: fc.constant(0),
  pipeline: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  attempts: fc.integer({ min: 1, max: 4 }),
}) as fc.Arbitrary<PolicyEvent>;

test('no call is lost or counted twice, whenever the counts are taken', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(call, fc.constant('take' as const))), (steps) => {
      const counter = createCallCounter(3);
      const sum = { succeeded: 0, failed: 0, cancelled: 0, attempts: 0 };
      const add = (counts: CallCounts) => {
        for (const name of Object.keys(sum) as (keyof CallCounts)[]) sum[name] += counts[name];
      };
      for (const step of [...steps, 'take' as const]) {
        if (step === 'take') {
          const taken = counter.take();
          // Three of their own, and the others together.
          expect(taken.length).toBeLessThanOrEqual(4);
          for (const { counts } of taken) add(counts);
          expect(counter.empty).toBe(true);
        } else {
          expect(counter.add(step)).toBe(true);
          expect(counter.empty).toBe(false);
        }
      }
      const calls = steps.filter((step) => step !== 'take') as (PolicyEvent & { attempts: number })[];
      const of = (type: string) => calls.filter((event) => event.type === type).length;
      expect(sum).toEqual({
        succeeded: of('call.succeeded'),
        failed: of('call.failed'),
        cancelled: of('call.cancelled'),
        attempts: calls.reduce((attempts, event) => attempts + event.attempts, 0),
      });
    }),
  );
});

test('pipelines beyond the bound are counted together', () => {
  const counter = createCallCounter(2);
  for (const pipeline of ['a', 'b', 'c', 'd', 'a']) {
    counter.add({ type: 'call.succeeded', at: 0, pipeline, durationMs: 1, attempts: 1 });
  }
  const counts = counter.take().map(({ pipeline, counts }) => [pipeline, counts.succeeded]);
  expect(counts).toEqual([
    ['a', 2],
    ['b', 1],
    [otherPipelines, 2],
  ]);
});

test('an event that ends no call is not counted', () => {
  const counter = createCallCounter();
  expect(counter.add({ type: 'timeout.expired', at: 0, pipeline: 'a', afterMs: 5 })).toBe(false);
  expect(counter.empty).toBe(true);
});
