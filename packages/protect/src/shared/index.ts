export { LeaseLostError, LeasesTakenError } from './errors.ts';
export { type Lease, leases, type Leases, type LeasesOptions } from './leases.ts';
export {
  type LimitGrant,
  type LimitRule,
  type LimitStep,
  type LimitStore,
  type LimitWant,
  takePermits,
} from './limit-store.ts';
export type { WhenDown } from './limit-face.ts';
export { sharedCircuitBreaker, type SharedCircuitBreakerOptions } from './shared-circuit-breaker.ts';
export { sharedRateLimit, type SharedRateLimit, type SharedRateLimitOptions } from './shared-rate-limit.ts';
