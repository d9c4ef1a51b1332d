/**
 * Protection against more work than can be done: `@seaworthy/protect/overload`.
 *
 * Rate limits, limits that learn, load shedding for the service that is called, and throttling for the one that calls.
 */
export {
  AdaptiveLimiter,
  adaptiveLimit,
  type AdaptiveLimitOptions,
  Aimd,
  type CallEnd,
  EarlyRejection,
  EnvoyGradient,
  Gradient2,
  type LimitAlgorithm,
  type LimitAlgorithmName,
  type LimitBounds,
  LimitExceededError,
  type LimitReason,
  type LimitSample,
  Pid,
  Vegas,
} from './policies/adaptive-limit/index.ts';
export {
  Codel,
  LoadShedder,
  loadShed,
  LoadShedError,
  type LoadShedOptions,
  type ShedReason,
  type ShedRules,
  type ShedWaiter,
} from './policies/load-shed/index.ts';
export {
  RateLimitedError,
  type RateLimiter,
  rateLimit,
  type RateLimitOptions,
  RateLimits,
  SlidingWindow,
  TokenBucket,
} from './policies/rate-limit/index.ts';
export {
  Throttle,
  throttle,
  ThrottledError,
  type ThrottleOptions,
  type ThrottleRules,
} from './policies/throttle/index.ts';
