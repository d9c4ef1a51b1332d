export {
  type RedisClient,
  type RedisConnection,
  redisConnection,
  type RedisConnectionOptions,
  type RedisScript,
  redisScript,
} from './connection.ts';
export { redisStore, type RedisStoreOptions } from './redis.ts';
