import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualRuntime } from '../testing/index.ts';
import { TimeLimit, timeoutQueue } from './timeout-queues.ts';

class NotedLimit extends TimeLimit {
  readonly expire: () => void;

  constructor(expire: () => void) {
    super();
    this.expire = expire;
  }

  expired(): void {
    this.expire();
  }
}

test('each limit expires at its own time and once, unless it is removed before; one timer serves each length', async () => {
  const anyLimit = fc.record({
    at: fc.nat(100),
    lasts: fc.constantFrom(1, 7, 30),
    removedAfter: fc.option(fc.nat(40), { nil: undefined }),
    /** Whether another one is set as soon as it expires. */
    again: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anyLimit, { maxLength: 40 }), async (limits) => {
      const runtime = virtualRuntime();
      const { time } = runtime;
      const expiredAt = limits.map((): number[] => []);
      for (const [index, { at, lasts, removedAfter, again }] of limits.entries()) {
        time.set(() => {
          const queue = timeoutQueue(runtime, lasts);
          const note = () => void expiredAt[index]!.push(time.now());
          const limit = new NotedLimit(() => {
            note();
            if (again) queue.add(new NotedLimit(note), time.now());
          });
          queue.add(limit, time.now());
          if (removedAfter !== undefined) time.set(() => queue.remove(limit), removedAfter);
        }, at);
      }
      await time.advance(1_000);
      for (const [index, { at, lasts, removedAfter = Infinity, again }] of limits.entries()) {
        const ends = again ? [at + lasts, at + 2 * lasts] : [at + lasts];
        if (removedAfter < lasts) expect(expiredAt[index]).toEqual([]);
        else if (removedAfter > lasts) expect(expiredAt[index]).toEqual(ends);
      }
      expect(time.pendingTimers).toBe(0);
    }),
    { numRuns: 200 },
  );
});
