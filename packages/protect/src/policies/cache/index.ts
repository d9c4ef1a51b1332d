export { cache, type CacheOptions } from './cache.ts';
export { Cache, type CacheEntry, type CacheTimes, type Freshness } from './state.ts';
