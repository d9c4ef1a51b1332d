import { setTimeout as sleep } from 'node:timers/promises';
import { type LimitRule, takePermits } from '@seaworthy/protect/shared';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from '../../../../tests/servers/redis.ts';
import type { Server } from '../../../../tests/servers/server.ts';
import { describeLimits } from '../fixtures/limits.ts';
import { type RedisConnection, redisConnection, redisScript } from './connection.ts';
import { type RedisLimits, redisLimits, takeScript } from './limits.ts';

const rule: LimitRule = { name: 'l', emissionMs: 1, toleranceMs: 1 };
let server: Server;
let connection: RedisConnection;
let stores: readonly [RedisLimits, RedisLimits];

beforeAll(async () => {
  server = await startRedis({ appendfsync: 'no' });
  connection = redisConnection({ url: server.url });
  stores = [redisLimits({ connection }), redisLimits({ url: server.url })];
});

afterAll(async () => {
  await stores[1].close();
  await connection.close();
  await server.stop();
});

describe('limits in Redis', () => {
  describeLimits(() => stores, sleep);

  it('are the very algorithm that the other stores compute here, whatever is asked and when', async () => {
    // The same script, told the time instead of asking the server for it; and as the server's own time has nothing to do
    // with that, no key ends by it.
    const timed = redisScript(
      takeScript.lua
        .replace("call('TIME')", '{ ARGV[#ARGV - 1], ARGV[#ARGV] }')
        .replace(/, 'PX', .*\)$/m, ')'),
    );
    expect(timed.lua).not.toContain('PX');
    let cases = 0;
    await fc.assert(
      fc.asyncProperty(
        // From one permit in 16 microseconds on, in steps that both sides can hold exactly.
        fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 30_000 })),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.tuple(fc.nat(200_000), fc.nat(40)), { maxLength: 20 }),
        async (emission, burst, asks) => {
          const emissionMs = emission / 64;
          const rule: LimitRule = { name: 'l', emissionMs, toleranceMs: emissionMs * burst };
          const key = `exact:${cases++}`;
          let fullAt: number | undefined;
          let micros = 0;
          for (const [afterMicros, permits] of asks) {
            micros += afterMicros;
            const step = takePermits(fullAt, micros / 1_000, rule, permits);
            ({ fullAt } = step);
            const seconds = 1_790_000_000 + Math.floor(micros / 1e6);
            const values = [
              rule.emissionMs * 1_000,
              rule.toleranceMs * 1_000,
              permits,
              seconds,
              micros % 1e6,
            ];
            const reply = (await connection.run(timed, [key], values.map(String))) as readonly number[];
            expect(reply[0]).toBe(step.granted);
            expect(Math.abs(Number(reply[1]) - step.retryAfterMs * 1_000)).toBeLessThanOrEqual(1.1);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('leave nothing behind: each key ends when its limit is full again, and a second later at most', async () => {
    const left = (rule: LimitRule, key: string) =>
      connection.send('PTTL', `{seaworthy:limit:${rule.name}}:${key}`).then(Number);
    const keys = [
      { key: 'a', permits: 1 },
      { key: 'b', permits: 0 },
    ];
    const shortLived = [20, 120, 240.1].map((emissionMs) => {
      const name = `one in ${emissionMs} ms`;
      return { name, emissionMs, toleranceMs: 8 * emissionMs };
    });
    for (const rule of shortLived) {
      const startedAt = performance.now();
      for (let taken = 1; taken <= 8; taken++) {
        const [a] = await stores[0].take(rule, keys);
        expect(a!.granted).toBe(1);
        // Full again at some time between the two, by the server's clock.
        const fullInMs = [taken * rule.emissionMs - (performance.now() - startedAt), taken * rule.emissionMs];
        const lives = await left(rule, 'a');
        expect(lives).toBeGreaterThan(fullInMs[0]!);
        expect(lives).toBeLessThanOrEqual(fullInMs[1]! + 1_001);
        expect(await left(rule, 'b')).toBe(-2);
      }
    }
    const slow = { name: 'one a month', emissionMs: 30 * 86_400_000, toleranceMs: 120 * 86_400_000 };
    await stores[0].take(slow, [{ key: 'a', permits: 4 }]);
    expect(await left(slow, 'a')).toBeGreaterThan(slow.toleranceMs);
    await sleep(3_100);
    for (const rule of shortLived) expect(await left(rule, 'a')).toBe(-2);
  });

  it('keep a key that is used on and on', async () => {
    // The burst is used up and earned back no faster than it is used: no more may pass than the rate allows.
    const rule = { name: 'on and on', emissionMs: 10, toleranceMs: 1_500 };
    const startedAt = performance.now();
    let granted = 0;
    let elapsedMs = 0;
    while (elapsedMs < 3_500) {
      const [grant] = await stores[0].take(rule, [{ key: '', permits: 40 }]);
      granted += grant!.granted;
      await sleep(5);
      elapsedMs = performance.now() - startedAt;
    }
    expect(granted).toBeGreaterThan(150);
    expect(granted).toBeLessThanOrEqual((rule.toleranceMs + elapsedMs) / rule.emissionMs);
  });

  it('count a client that throws as a store that fails', async () => {
    const call = () => {
      throw new Error('not connected');
    };
    for (const client of [{ call }, { sendCommand: call }]) {
      const asked = redisLimits({ client }).take(rule, [{ key: '', permits: 1 }]);
      await expect(asked).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    }
  });

  it('fail in time while the server hangs', async () => {
    await using limits = redisLimits({ url: server.url, timeout: 300 });
    server.freeze();
    const asked = limits.take(rule, [{ key: '', permits: 1 }]);
    await expect(asked).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    server.thaw();
  });

  it('refuse options that cannot be right', () => {
    expect(() => redisLimits({ url: 'http://x' })).toThrow('url');
    expect(() => redisLimits({ connection, prefix: 'a{b' })).toThrow('prefix');
  });
});
