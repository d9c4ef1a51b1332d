export { RateLimitedError } from './errors.ts';
export { rateLimit, RateLimits, type RateLimitOptions } from './rate-limit.ts';
export { type RateLimiter, SlidingWindow, TokenBucket } from './state.ts';
