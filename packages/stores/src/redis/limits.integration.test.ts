import { setTimeout as sleep } from 'node:timers/promises';
import { type LimitRule, takePermits } from '@seaworthy/protect/shared';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from '../../../../tests/servers/redis.ts';
import type { Server } from '../../../../tests/servers/server.ts';
import { describeLimits } from '../fixtures/limits.ts';
import { type RedisConnection, redisConnection, redisScript } from './connection.ts';
import { type RedisLimits, redisLimits, takeScript } from './limits.ts';

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
        .replace("redis.call('TIME')", '{ ARGV[#ARGV - 1], ARGV[#ARGV] }')
        .replace(", 'PX', math.ceil(used / 1000)", ''),
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

  it('leave nothing behind: each key ends when its limit is full again', async () => {
    const rule = { name: 'short', emissionMs: 20, toleranceMs: 100 };
    const keyOf = (key: string) => `{seaworthy:limit:short}:${key}`;
    await stores[0].take(rule, [
      { key: 'a', permits: 5 },
      { key: 'b', permits: 0 },
    ]);
    const left = Number(await connection.send('PTTL', keyOf('a')));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(100);
    expect(await connection.send('EXISTS', keyOf('b'))).toBe(0);
    await sleep(150);
    expect(await connection.send('EXISTS', keyOf('a'))).toBe(0);
  });

  it('fail in time while the server hangs', async () => {
    await using limits = redisLimits({ url: server.url, timeout: 300 });
    server.freeze();
    const asked = limits.take({ name: 'l', emissionMs: 1, toleranceMs: 1 }, [{ key: '', permits: 1 }]);
    await expect(asked).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    server.thaw();
  });

  it('refuse options that cannot be right', () => {
    expect(() => redisLimits({ url: 'http://x' })).toThrow('url');
    expect(() => redisLimits({ connection, prefix: 'a{b' })).toThrow('prefix');
  });
});
