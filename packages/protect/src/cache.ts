/** Results that are used more than once: `@seaworthy/protect/cache`, with what remembers them and what shares one call. */
export {
  Cache,
  cache,
  type CacheEntry,
  type CacheOptions,
  type CacheTimes,
  type Freshness,
} from './policies/cache/index.ts';
export { coalesce, type CoalesceOptions } from './policies/coalesce/index.ts';
