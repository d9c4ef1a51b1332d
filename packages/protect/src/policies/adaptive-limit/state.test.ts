import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Waiter } from '../../kernel/wait-queue.ts';
import { seededRandom } from '../../testing/index.ts';
import { Aimd } from './aimd.ts';
import type { LimitAlgorithm, LimitSample } from './algorithm.ts';
import { EarlyRejection } from './early-rejection.ts';
import { AdaptiveLimiter } from './index.ts';
import { Pid } from './pid.ts';
import { Vegas } from './vegas.ts';

const bounds = { initial: 2, least: 1, most: 100, queue: 0 };

function waiter(priority = 1): Waiter {
  return { priority, tenant: undefined, list: undefined, previous: undefined, next: undefined };
}

/** Gives the limits that it was told to, and remembers what it was shown. */
class Scripted implements LimitAlgorithm {
  readonly windowMs = 100;
  readonly samplesMin = 2;
  readonly median = true;
  readonly since = 0;
  readonly seen: LimitSample[] = [];
  readonly #limits: number[];

  constructor(...limits: number[]) {
    this.#limits = limits;
  }

  next(limit: number, sample: LimitSample): number {
    this.seen.push(sample);
    return this.#limits.shift() ?? limit;
  }
}

describe('an adaptive limiter', () => {
  it('lets as many calls run as its limit says', () => {
    const limiter = new AdaptiveLimiter(bounds, new Scripted());
    expect([limiter.tryAcquire(), limiter.tryAcquire(), limiter.tryAcquire()]).toEqual([true, true, false]);
    limiter.release(1, 0, 'unknown');
    expect(limiter.tryAcquire()).toBe(true);
  });

  it('asks its algorithm when a window is over and has enough calls', () => {
    const algorithm = new Scripted(7);
    const changes: [number, number][] = [];
    const limiter = new AdaptiveLimiter(bounds, algorithm, undefined, (limit, from) =>
      changes.push([limit, from]),
    );
    const call = (startedAt: number, now: number) => {
      limiter.tryAcquire();
      limiter.release(now, startedAt, 'succeeded');
    };
    call(0, 10);
    call(20, 50);
    expect(algorithm.seen).toEqual([]);
    call(60, 110);
    expect(algorithm.seen).toMatchObject([{ now: 110, meanMs: 30, inFlightMax: 1, dropped: false }]);
    expect(algorithm.seen[0]!.medianMs).toBeCloseTo(30, -1);
    expect(limiter.limit).toBe(7);
    expect(changes).toEqual([[7, 2]]);
  });

  it('goes on with a window that has too few calls', () => {
    const algorithm = new Scripted(7);
    const limiter = new AdaptiveLimiter(bounds, algorithm);
    limiter.tryAcquire();
    limiter.release(10, 0, 'succeeded');
    limiter.tryAcquire();
    limiter.release(10_000, 9_990, 'succeeded');
    expect(algorithm.seen).toMatchObject([{ meanMs: 10 }]);
  });

  it('takes no time from calls that were dropped or failed, and shrinks by a tenth on drops alone', () => {
    const algorithm = new Scripted();
    const limiter = new AdaptiveLimiter({ ...bounds, initial: 20 }, algorithm);
    for (let i = 0; i < 3; i++) limiter.tryAcquire();
    limiter.release(0, 0, 'unknown');
    limiter.release(1, 0, 'dropped');
    limiter.release(200, 0, 'dropped');
    expect(algorithm.seen).toEqual([]);
    expect(limiter.limit).toBe(18);
  });

  it('stays within its bounds', () => {
    const limiter = new AdaptiveLimiter({ ...bounds, least: 3, initial: 5, most: 8 }, new Scripted(0, 1_000));
    const window = (at: number) => {
      for (let i = 0; i < 3; i++) limiter.tryAcquire();
      for (let i = 0; i < 3; i++) limiter.release(at + i * 100, at, 'succeeded');
    };
    window(0);
    expect(limiter.limit).toBe(3);
    window(1_000);
    expect(limiter.limit).toBe(8);
  });

  it('gives places to the most critical of those who wait, several when the limit has grown', () => {
    const limiter = new AdaptiveLimiter({ ...bounds, queue: 3 }, new Scripted(4));
    limiter.tryAcquire();
    limiter.tryAcquire();
    const [sheddable, critical, plain] = [waiter(3), waiter(0), waiter(1)];
    for (const each of [sheddable, critical, plain]) expect(limiter.enqueue(each)).toBeUndefined();
    limiter.release(0, 0, 'succeeded');
    expect(limiter.next()).toBe(critical);
    expect(limiter.next()).toBeUndefined();
    limiter.release(200, 0, 'succeeded');
    expect([limiter.next(), limiter.next(), limiter.next()]).toEqual([plain, sheddable, undefined]);
    expect(limiter).toMatchObject({ running: 3, waiting: 0, limit: 4 });
  });

  it('has the least important make way when no more may wait', () => {
    const limiter = new AdaptiveLimiter({ ...bounds, queue: 1 }, new Scripted());
    const [sheddable, critical, late] = [waiter(3), waiter(0), waiter(2)];
    expect(limiter.enqueue(sheddable)).toBeUndefined();
    expect(limiter.enqueue(critical)).toBe(sheddable);
    expect(limiter.enqueue(late)).toBe(late);
    limiter.leave(critical);
    expect(limiter.waiting).toBe(0);
  });

  it('never loses a place, whatever happens', () => {
    const step = fc.record({
      does: fc.constantFrom('arrive', 'end', 'time-out', 'fail', 'drop', 'give up'),
      priority: fc.integer({ min: 0, max: 3 }),
      afterMs: fc.integer({ min: 0, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 0, max: 3 }), (steps, queue) => {
        const limiter = new AdaptiveLimiter({ ...bounds, queue }, new Aimd(20, 30));
        const running: number[] = [];
        const waiting = new Set<Waiter>();
        let now = 0;
        for (const { does, priority, afterMs } of steps) {
          now += afterMs;
          if (does === 'arrive') {
            if (limiter.tryAcquire()) running.push(now);
            else {
              const newcomer = waiter(priority);
              const leaver = limiter.enqueue(newcomer);
              if (leaver !== newcomer) waiting.add(newcomer);
              if (leaver !== undefined) waiting.delete(leaver);
            }
          } else if (does === 'give up') {
            const [first] = waiting;
            if (first === undefined) continue;
            limiter.leave(first);
            waiting.delete(first);
          } else {
            const startedAt = running.shift();
            if (startedAt === undefined) continue;
            const ends = {
              end: 'succeeded',
              'time-out': 'timed-out',
              fail: 'unknown',
              drop: 'dropped',
            } as const;
            limiter.release(now, startedAt, ends[does]);
            for (let next = limiter.next(); next !== undefined; next = limiter.next()) {
              expect(waiting.delete(next)).toBe(true);
              running.push(now);
            }
          }
          expect(limiter.running).toBe(running.length);
          expect(limiter.waiting).toBe(waiting.size);
          expect(limiter.waiting === 0 || limiter.running >= limiter.limit).toBe(true);
        }
      }),
    );
  });
});

describe('early rejection', () => {
  /** Arrivals every millisecond for a second, of which a share can be served. Tells who was refused, by priority. */
  const second = (early: EarlyRejection, at: number, servable: number, priorityOf: (i: number) => number) => {
    const refused = [0, 0, 0, 0];
    let served = 0;
    for (let i = 0; i < 1_000; i++) {
      const priority = priorityOf(i);
      if (early.rejects(priority, at + i, { limit: 10, running: 10, waiting: 0 })) refused[priority]!++;
      else if (served < (i + 1) * servable) {
        served++;
        early.served();
      }
    }
    return refused;
  };

  it('refuses as great a share as cannot be served', () => {
    const early = new EarlyRejection(new Pid(0.1, 1.4, 0, 0.95), 500, seededRandom(5));
    for (let s = 0; s < 10; s++) second(early, s * 1_000, 0.4, () => 1);
    expect(early.share).toBeGreaterThan(0.5);
    expect(early.share).toBeLessThan(0.7);
  });

  it('refuses the least important first', () => {
    const early = new EarlyRejection(new Pid(0.1, 1.4, 0, 0.95), 500, seededRandom(5));
    for (let s = 0; s < 5; s++) second(early, s * 1_000, 0.7, (i) => i % 4);
    const refused = second(early, 5_000, 0.7, (i) => i % 4);
    expect(refused[0]).toBe(0);
    expect(refused[1]).toBe(0);
    expect(refused[3]).toBeGreaterThan(200);
  });

  it('refuses nobody after an idle time', () => {
    const early = new EarlyRejection(new Pid(0.1, 1.4, 0, 0.95), 500, seededRandom(5));
    for (let s = 0; s < 5; s++) second(early, s * 1_000, 0.2, () => 1);
    expect(early.share).toBeGreaterThan(0.5);
    expect(early.rejects(3, 60_000, { limit: 10, running: 0, waiting: 0 })).toBe(false);
    expect(early.share).toBe(0);
  });
});

describe('Vegas before real queues', () => {
  it('finds about as many places as there are workers, and follows when there are fewer', () => {
    const random = seededRandom(2);
    const limiter = new AdaptiveLimiter({ ...bounds, initial: 20, most: 1_000 }, new Vegas(1_000, random));
    const busyUntil: number[] = Array.from({ length: 10 }, () => 0);
    const ends: { at: number; startedAt: number }[] = [];
    let refused = 0;
    const run = (from: number, until: number, arrivalEveryMs: number) => {
      refused = 0;
      for (let now = from; now < until; now += -Math.log(1 - random()) * arrivalEveryMs) {
        ends.sort((a, b) => b.at - a.at);
        while ((ends.at(-1)?.at ?? Infinity) <= now) {
          const { at, startedAt } = ends.pop()!;
          limiter.release(at, startedAt, 'succeeded');
        }
        if (!limiter.tryAcquire()) {
          refused++;
          continue;
        }
        const worker = busyUntil.indexOf(Math.min(...busyUntil));
        busyUntil[worker] = Math.max(now, busyUntil[worker]!) - Math.log(1 - random()) * 10;
        ends.push({ at: busyUntil[worker], startedAt: now });
      }
    };
    // A calm: 70 % of what ten workers can do. Then three times that.
    run(0, 30_000, 1 / 0.7);
    expect(refused).toBeLessThan(200);
    run(30_000, 60_000, 1 / 2.1);
    expect(limiter.limit).toBeGreaterThan(8);
    expect(limiter.limit).toBeLessThan(40);
  });
});
