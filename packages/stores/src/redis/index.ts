export {
  type RedisClient,
  type RedisConnection,
  redisConnection,
  type RedisConnectionOptions,
  type RedisScript,
  redisScript,
} from './connection.ts';
export { redisLimits, type RedisLimits, type RedisLimitsOptions } from './limits.ts';
export { redisStore, type RedisStoreOptions } from './redis.ts';
