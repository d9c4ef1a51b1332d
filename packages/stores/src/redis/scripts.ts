/**
 * What the store does in Redis, each in one atomic step. A record is a hash with a value `v`, a version `n` and the time
 * of writing `t`; beside the records stand the set of all keys in their order, the set of those that end with the time
 * of their end, and the last version.
 *
 * The keys of all scripts: a record's (or the beginning of all records' keys), all keys, those that end, the last version.
 */
import { redisScript } from './connection.ts';

const record = 'KEYS[1]';
const allKeys = 'KEYS[2]';
const endingKeys = 'KEYS[3]';
const lastVersion = 'KEYS[4]';

/**
 * A version is the server's time in microseconds, or the last version and one, whichever is higher. So versions grow also
 * where Redis came back without its latest writes, as long as its clock was not set back. Until the year 2255 it is exact.
 */
const parts = `
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local function nextVersion()
  local last = tonumber(redis.call('GET', ${lastVersion}) or '0')
  local version = string.format('%.0f', math.max(last + 1, micros))
  redis.call('SET', ${lastVersion}, version)
  return version
end
local function show(key)
  local found = redis.call('HMGET', key, 'v', 'n', 't')
  if not found[2] then return false end
  return { found[1], found[2], string.format('%.0f', math.max(0, now - found[3])) }
end
local function forget(key)
  redis.call('ZREM', ${allKeys}, key)
  redis.call('ZREM', ${endingKeys}, key)
end
`;

/** Values: none. */
export const readScript = redisScript(`${parts} return show(${record})`);

/** Values: the key, the value, what is expected (nothing, `absent` or a version), milliseconds to live or nothing. */
export const writeScript = redisScript(`${parts}
local key, value, expected, ttl = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local current = show(${record})
if (expected == 'absent' and current) or
   (expected ~= '' and expected ~= 'absent' and not (current and current[2] == expected)) then
  return { 'refused', current }
end
local version = nextVersion()
redis.call('HSET', ${record}, 'v', value, 'n', version, 't', string.format('%.0f', now))
redis.call('ZADD', ${allKeys}, 0, key)
if ttl == '' then
  redis.call('PERSIST', ${record})
  redis.call('ZREM', ${endingKeys}, key)
else
  redis.call('PEXPIRE', ${record}, ttl)
  redis.call('ZADD', ${endingKeys}, now + ttl, key)
end
-- Redis removes records whose time is over; what else is known of them goes here, a few with each write.
for _, old in ipairs(redis.call('ZRANGEBYSCORE', ${endingKeys}, '-inf', now - 1000, 'LIMIT', 0, 4)) do forget(old) end
return { 'written', version }`);

/** Values: the key, its version or nothing. */
export const removeScript = redisScript(`${parts}
local current = show(${record})
if current and ARGV[2] ~= '' and current[2] ~= ARGV[2] then return 0 end
forget(ARGV[1])
return redis.call('DEL', ${record})`);

/** Values: the prefix, where to begin as ZRANGEBYLEX has it, how many keys to look at. Gives the last key looked at, then records. */
export const scanScript = redisScript(`${parts}
local keys = redis.call('ZRANGEBYLEX', ${allKeys}, ARGV[2], '(' .. ARGV[1] .. '\\255', 'LIMIT', 0, ARGV[3])
local found = { keys[#keys] or '', #keys }
for _, key in ipairs(keys) do
  local shown = show(${record} .. key)
  if shown then
    found[#found + 1] = { key, unpack(shown) }
  else
    forget(key)
  end
end
return found`);

/** Values: none. */
export const nextScript = redisScript(`${parts} return nextVersion()`);
