export { adaptiveLimit } from './adaptive-limit.ts';
export { LimitExceededError, type LimitReason } from './errors.ts';
export { type AdaptiveLimitOptions, type LimitAlgorithmName } from './options.ts';
export { AdaptiveLimiter } from './state.ts';
