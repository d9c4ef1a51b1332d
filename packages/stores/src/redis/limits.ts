/** Rate limits in Redis or Valkey: one key a limit, one atomic script for all that is asked at once, the server's clock. */
import { knownKeys } from '@seaworthy/protect';
import type { LimitRule, LimitStore } from '@seaworthy/protect/shared';
import {
  type RedisConnection,
  redisConnection,
  type RedisConnectionOptions,
  redisScript,
} from './connection.ts';
import { checkPrefix } from './prefix.ts';

/** How limits in Redis are set up: from a URL, on a client of your own, or on a connection that others share. */
export interface RedisLimitsOptions extends RedisConnectionOptions {
  /** In place of `url` and `client`; it stays open on `close`. */
  readonly connection?: RedisConnection;
  /** What the keys in Redis begin with. All keys of one limit stand in one slot of a cluster. Default `seaworthy`. */
  readonly prefix?: string;
}

/** A store of limits that may have opened a connection. */
export interface RedisLimits extends LimitStore, AsyncDisposable {
  /** Ends what was opened from `url`. */
  close(): Promise<void>;
}

/**
 * Counts limits in Redis or Valkey, version 6.2 or later. A key lives until its limit is full again, and a second more at
 * most. A server that loses its data, or evicts a key, gives that limit's burst once more.
 *
 * @throws OptionsError
 * @example sharedRateLimit({ limit: 1_000, store: redisLimits({ url: 'redis://127.0.0.1:6379' }) })
 */
export function redisLimits(options: RedisLimitsOptions): RedisLimits {
  knownKeys('redisLimits', options, ['url', 'client', 'timeout', 'connection', 'prefix']);
  const { connection: shared, prefix = 'seaworthy', ...own } = options;
  checkPrefix(prefix);
  const connection = shared ?? redisConnection(own);

  /** What is the same for each question of a limit. */
  const known = new WeakMap<LimitRule, LimitTexts>();
  function remember(rule: LimitRule): LimitTexts {
    const texts = {
      // What stands in braces decides the slot of a cluster, and a script has all of its keys in one.
      base: `{${prefix}:limit:${rule.name.replace(/[{}]/g, '')}}:`,
      emission: String(rule.emissionMs * 1_000),
      tolerance: String(rule.toleranceMs * 1_000),
    };
    known.set(rule, texts);
    return texts;
  }

  const limits: RedisLimits = {
    name: 'redis',
    take(rule, wants) {
      const { base, emission, tolerance } = known.get(rule) ?? remember(rule);
      const keys: string[] = [];
      const values = [emission, tolerance];
      for (const { key, permits } of wants) {
        keys.push(base + key);
        values.push(String(permits));
      }
      return connection.run(takeScript, keys, values).then((answer) => {
        const reply = answer as readonly number[];
        return wants.map((_, index) => ({
          granted: Number(reply[2 * index]),
          retryAfterMs: Number(reply[2 * index + 1]) / 1_000,
        }));
      });
    },
    async close() {
      if (shared === undefined) await connection.close();
    },
    [Symbol.asyncDispose]: () => limits.close(),
  };
  return Object.freeze(limits);
}

/**
 * The step that `takePermits` of `@seaworthy/protect/shared` is, for each key in turn, in microseconds. Times are counted
 * from November 2023 on, so that a fraction of a microsecond has room in a number. A value is two of them, in eight bytes
 * each, which takes Redis less time than digits do: when the limit is full again, and until when the key lives for sure.
 * Only a limit that is full later than that has its key's life set anew.
 *
 * Values: the microseconds in which a permit is earned, those for the whole burst, then the permits wanted of each key.
 */
export const takeScript = redisScript(`
local call, pack, unpack = redis.call, struct.pack, struct.unpack
local time = call('TIME')
local now = (time[1] - 1700000000) * 1000000 + time[2]
local emission, tolerance = ARGV[1] + 0, ARGV[2] + 0
-- A time is as exact as a 64th of a microsecond; what rounding took away must not cost a permit.
local grace = 0.02 + emission / 1000000
local reply = {}
for i = 1, #KEYS do
  local key, wanted = KEYS[i], ARGV[2 + i] + 0
  local known = call('GET', key)
  local used, lives = 0, 0
  if known then
    used, lives = unpack('>dd', known)
    used = used - now
    if used < 0 then used = 0 elseif used > tolerance then used = tolerance end
  end
  local there = (tolerance - used + grace) / emission
  there = there - there % 1
  local granted = wanted < there and wanted or there
  if granted > 0 then
    used = used + granted * emission
    local full = now + used
    if full <= lives then
      call('SET', key, pack('>dd', full, lives), 'KEEPTTL')
    else
      -- Redis counts from when the script came: half a second is to spare.
      call('SET', key, pack('>dd', full, full + 500000), 'PX', math.ceil(used / 1000) + 1000)
    end
  end
  reply[2 * i - 1] = granted
  reply[2 * i] = granted < there and 0 or math.max(0, math.ceil(used + emission - tolerance))
end
return reply`);

interface LimitTexts {
  readonly base: string;
  readonly emission: string;
  readonly tolerance: string;
}
