import { expect, it } from 'vitest';
import { soak } from './soak.ts';

// The large one, a million calls, is `npm run soak`.
it('twenty thousand calls through every policy leave nothing behind', async () => {
  const { calls, wrong, left, heapBytes, events } = await soak({ calls: 20_000, seed: 1 });
  expect(wrong).toEqual([]);
  expect(calls).toBe(20_000);
  expect(left).toEqual({ calls: 0, timers: 0, listeners: 0 });
  // The first tenths fill what has a bound; from then on the heap has no reason to grow.
  expect(heapBytes.at(-1)! - heapBytes[2]!).toBeLessThan(4e6);
  // What happens hundreds of times at any speed; how often a breaker opens is for the speed of the machine to say.
  for (const type of [
    'retry.succeeded',
    'hedge.started',
    'timeout.expired',
    'cache.hit',
    'coalesce.joined',
  ]) {
    expect(events[type], type).toBeGreaterThan(0);
  }
});
