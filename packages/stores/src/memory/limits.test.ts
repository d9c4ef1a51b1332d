import { setTimeout as sleep } from 'node:timers/promises';
import { VirtualTime } from '@seaworthy/protect/testing';
import { describe, expect, it } from 'vitest';
import { describeLimits } from '../fixtures/limits.ts';
import { memoryLimits } from './limits.ts';

describe('limits in memory', () => {
  const limits = memoryLimits();
  describeLimits(() => [limits, limits], sleep);

  it('count no more keys than they may, and forget those that are full again first', async () => {
    const clock = new VirtualTime();
    const small = memoryLimits({ clock, maxKeys: 2 });
    const rule = { name: 'l', emissionMs: 10, toleranceMs: 20 };
    const take = (key: string) => small.take(rule, [{ key, permits: 2 }]);
    await take('a');
    await clock.advance(10);
    await take('b');
    await expect(take('c')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await clock.advance(10);
    expect(await take('c')).toMatchObject([{ granted: 2 }]);
    expect(await take('b')).toMatchObject([{ granted: 1 }]);
  });

  it('refuse a bound that is none', () => {
    expect(() => memoryLimits({ maxKeys: 0 })).toThrow('maxKeys');
  });
});
