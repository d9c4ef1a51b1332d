import { setTimeout as sleep } from 'node:timers/promises';
import { pipeline } from '@seaworthy/protect';
import { sharedRateLimit } from '@seaworthy/protect/shared';
import { redisLimits } from '@seaworthy/stores/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from '../servers/redis.ts';
import type { Server } from '../servers/server.ts';
import { type SharingProcess, startProcess } from './process.ts';

let redis: Server;

beforeAll(async () => {
  redis = await startRedis({ appendonly: 'no' });
});

afterAll(() => redis.stop());

describe('a limit of 1,000 a second over four processes', () => {
  it.each([
    ['strict', 'all of which live on'],
    ['leased', 'all of which live on'],
    ['leased', 'one of which is killed with the permits that it holds'],
  ] as const)('admits 1,000 a second, within 2 percent: %s, %s', async (mode, fate) => {
    // Twice the limit is wanted, and the burst of a second lasts a second: a process that stands still for a while, on a
    // machine that is busy with something else, loses nothing for all together.
    const setup = { url: redis.url, mode, limit: 1_000, demandPerSecond: 500 };
    const processes = await Promise.all(
      Array.from({ length: 4 }, () => startProcess('limited-calls.ts', setup)),
    );
    try {
      for (const each of processes) each.tell('go');
      // The burst of the start is used up by then.
      await sleep(2_500);
      if (fate !== 'all of which live on') await processes.pop()!.kill();
      const from = Date.now() + 500;
      const windowMs = 10_000;
      await sleep(500 + windowMs + 500);
      const counts = await Promise.all(processes.map(stopAndCount));
      // By the clock of the machine, which is the server's own here.
      const tenth = Math.ceil(from / 100);
      const inWindow = ({ passed }: Counts) =>
        Array.from({ length: windowMs / 100 }, (_, n) => passed[tenth + n] ?? 0).reduce((a, b) => a + b);
      const admitted = counts.map(inWindow);
      const sum = admitted.reduce((a, b) => a + b);
      expect(sum, `${admitted.join(' + ')} in ${windowMs} ms`).toBeGreaterThanOrEqual(9_800);
      expect(sum, `${admitted.join(' + ')} in ${windowMs} ms`).toBeLessThanOrEqual(10_200);
    } finally {
      for (const each of processes) await each.kill();
      // The next begins with a full burst.
      await sleep(1_000);
    }
  });
});

describe.each(['strict', 'leased'] as const)('a shared limit whose Redis dies, %s', (mode) => {
  it.each([
    ['open', 200],
    ['closed', 0],
    ['local', 5],
  ] as const)('goes by its rule, %s, and back to the server by itself', async (whenDown, passing) => {
    const server = await startRedis({ appendfsync: 'no' });
    await using store = redisLimits({ url: server.url, timeout: '20s' });
    // No server is silent here; a busy machine may take its time.
    const times = { per: '1h', lease: '5s', timeout: '5s' } as const;
    const policy = sharedRateLimit({ limit: 5, ...times, store, mode, whenDown });
    const line = pipeline(`dies-${whenDown}`, [policy]);
    const admits = async (calls: number) => {
      const outcomes = Array.from({ length: calls }, () => line.outcome(() => 'passed'));
      return (await Promise.all(outcomes)).filter(({ ok }) => ok).length;
    };
    try {
      await store.take({ name: 'connect', emissionMs: 1, toleranceMs: 1 }, [{ key: '', permits: 0 }]);
      expect(await admits(20)).toBe(5);
      await server.kill();
      // Once the loss is known no call waits for the server; before that, calls wait as long as the time limit.
      while (line.machine(policy).storeIsUp) {
        await admits(1);
        await sleep(20);
      }
      const before = await admits(200);
      expect(before).toBeLessThanOrEqual(passing);
      if (whenDown !== 'local') expect(before).toBe(passing);
      await server.restart();
      while (!line.machine(policy).storeIsUp) {
        await admits(1);
        await sleep(20);
      }
      // What was counted before is on the server's disk.
      expect(await admits(20)).toBe(0);
    } finally {
      await line.close();
      await server.stop();
    }
  });
});

it('an answer that arrived while the process stood still counts, however late it is read', async () => {
  await using store = redisLimits({ url: redis.url, timeout: '20s' });
  const policy = sharedRateLimit({ limit: 5, store, whenDown: 'closed', timeout: '2s' });
  const line = pipeline('stood-still', [policy]);
  await store.take({ name: 'connect', emissionMs: 1, toleranceMs: 1 }, [{ key: '', permits: 0 }]);
  const call = line.run(() => 'passed');
  // The client writes in a turn of its own, so that the process stands still in the one after it.
  const standStill = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
  setImmediate(() => setImmediate(standStill));
  expect(await call).toBe('passed');
  expect(line.machine(policy).storeIsUp).toBe(true);
});

interface Counts {
  readonly passed: Readonly<Record<number, number>>;
  readonly called: number;
}

function stopAndCount(each: SharingProcess): Promise<Counts> {
  const counts = each.hear<Counts>('passed');
  each.tell('stop');
  return counts;
}
