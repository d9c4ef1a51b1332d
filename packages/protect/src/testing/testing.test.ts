/** The kit that users test with has to be right itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pipeline } from '../pipeline.ts';
import { timeout } from '../policies/timeout/index.ts';
import {
  failsAtRate,
  failsTimes,
  hangs,
  seededRandom,
  settle,
  takes,
  virtualRuntime,
  VirtualTime,
} from './index.ts';

describe('virtual time', () => {
  it('stands still until it is moved, and starts at the chosen moment', async () => {
    const time = new VirtualTime(Date.UTC(2030, 0, 1));
    await settle();
    expect(time.now()).toBe(0);
    expect(new Date(time.epoch + time.now()).getUTCFullYear()).toBe(2030);
    await time.advance(60_000);
    expect(time.now()).toBe(60_000);
  });

  it('fires timers in the order of their times, equal ones in the order in which they were set', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 30 }), async (delays) => {
        const time = new VirtualTime();
        const fired: { readonly delayMs: number; readonly index: number; readonly at: number }[] = [];
        for (const [index, delayMs] of delays.entries()) {
          time.set(() => fired.push({ delayMs, index, at: time.now() }), delayMs);
        }
        await time.advance(20);
        const expected = delays
          .map((delayMs, index) => ({ delayMs, index, at: delayMs }))
          .toSorted((one, other) => one.delayMs - other.delayMs || one.index - other.index);
        expect(fired).toEqual(expected);
        expect(time.nextTimerAt).toBeUndefined();
      }),
    );
  });

  it('lets all that a timer sets off settle before the next one fires', async () => {
    const time = new VirtualTime();
    const seen: string[] = [];
    time.set(() => {
      void (async () => {
        await Promise.resolve();
        await Promise.resolve();
        seen.push('set off by the first');
      })();
    }, 10);
    time.set(() => seen.push('second'), 11);
    await time.advance(20);
    expect(seen).toEqual(['set off by the first', 'second']);
  });

  it('fires timers that are set meanwhile, and none that is cancelled', async () => {
    const time = new VirtualTime();
    const fired: number[] = [];
    time.set(() => {
      time.set(() => fired.push(time.now()), 5);
      cancelled.cancel();
    }, 10);
    const cancelled = time.set(() => fired.push(-1), 12);
    await time.advance(20);
    expect(fired).toEqual([15]);
  });

  it('counts the timers that would keep a process alive', () => {
    const time = new VirtualTime();
    let needed = true;
    time.set(() => {}, 10);
    time.set(
      () => {},
      10,
      () => needed,
    );
    expect(time.pendingTimers).toBe(2);
    needed = false;
    expect(time.pendingTimers).toBe(1);
  });

  it('moves until a promise settles, and hands on its outcome', async () => {
    const time = new VirtualTime();
    const later = new Promise((resolve) => time.set(() => resolve('later'), 3_600_000));
    expect(await time.until(later)).toBe('later');
    expect(time.now()).toBe(3_600_000);
    await expect(time.until(Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(time.until(new Promise(() => {}))).rejects.toThrow('waits for no timer');
  });
});

describe('seeded random numbers', () => {
  it('are the same for the same seed, differ for another, and lie between 0 and 1', () => {
    const take = (seed: number) => Array.from({ length: 100 }, seededRandom(seed));
    expect(take(7)).toEqual(take(7));
    expect(take(7)).not.toEqual(take(8));
    expect(take(7).every((number) => number >= 0 && number < 1)).toBe(true);
  });

  it('are spread evenly', () => {
    const random = seededRandom(3);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 100_000; i++) counts[Math.floor(random() * 10)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

describe('work for tests', () => {
  it('fails as often as it is told to, by number or by chance, and counts', async () => {
    const line = pipeline('api', [], { runtime: virtualRuntime() });
    const error = new Error('mine');
    const flaky = failsTimes(2, 'done', error);
    const outcomes = [];
    for (let i = 0; i < 3; i++) outcomes.push(await line.outcome(flaky));
    expect(outcomes).toEqual([
      { ok: false, error },
      { ok: false, error },
      { ok: true, value: 'done' },
    ]);
    expect(flaky.calls).toBe(3);

    const random = failsAtRate(0.3, 'done', seededRandom(5));
    let failures = 0;
    for (let i = 0; i < 2_000; i++) if (!(await line.outcome(random)).ok) failures++;
    expect(Math.abs(failures / 2_000 - 0.3)).toBeLessThan(0.05);
  });

  it('takes its time and obeys its signal, or hangs', async () => {
    const runtime = virtualRuntime();
    const line = pipeline('api', [timeout(50)], { runtime });
    expect(await runtime.time.until(line.run(takes('30ms', 'done', runtime.time)))).toBe('done');
    for (const work of [takes(60, 'late', runtime.time), hangs()]) {
      expect(await runtime.time.until(line.outcome(work))).toMatchObject({ error: { code: 'TIMEOUT' } });
    }
    expect(runtime.time.pendingTimers).toBe(0);
  });
});

describe('a virtual runtime', () => {
  it('records events until it is told to stop, and forgets them when asked', async () => {
    const runtime = virtualRuntime();
    const line = pipeline('api', [], { runtime });
    await line.run(() => 'done');
    expect(runtime.recorder.types).toEqual(['call.succeeded']);
    runtime.recorder.clear();
    expect(runtime.recorder.events).toEqual([]);
    runtime.recorder.stop();
    await line.run(() => 'done');
    expect(runtime.recorder.events).toEqual([]);
    expect(runtime.events.active).toBe(false);
  });
});
