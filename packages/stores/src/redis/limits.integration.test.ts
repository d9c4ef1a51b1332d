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
      takeScript.lua.replace("call('TIME')", '{ ARGV[#ARGV - 1], ARGV[#ARGV] }').replace(", 'PX', ttl", ''),
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

  it('leave nothing behind: each key ends when its limit is full again, or a second after its last permit', async () => {
    const keyOf = (rule: LimitRule, key: string) => `{seaworthy:limit:${rule.name}}:${key}`;
    const leftOf = async (rule: LimitRule) => {
      await stores[0].take(rule, [
        { key: 'a', permits: 5 },
        { key: 'b', permits: 0 },
      ]);
      expect(await connection.send('EXISTS', keyOf(rule, 'b'))).toBe(0);
      return Number(await connection.send('PTTL', keyOf(rule, 'a')));
    };
    const [short, long, slow] = [20, 240.1, 86_400_000].map((emissionMs) => ({
      name: `every ${emissionMs} ms`,
      emissionMs,
      toleranceMs: 5 * emissionMs,
    })) as [LimitRule, LimitRule, LimitRule];
    for (const [rule, most] of [
      [short, 1_000],
      [long, 1_201],
      [slow, 432_000_000],
    ] as const) {
      const left = await leftOf(rule);
      expect(left).toBeGreaterThan(most - 900);
      expect(left).toBeLessThanOrEqual(most);
    }
    await sleep(1_300);
    expect(await connection.send('EXISTS', keyOf(short, 'a'), keyOf(long, 'a'))).toBe(0);
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
