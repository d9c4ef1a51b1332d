export { circuitBreaker } from './circuit-breaker.ts';
export { CircuitOpenError } from './errors.ts';
export { type BreakerRules, type CircuitBreakerOptions, readBreakerOptions } from './options.ts';
export { type BreakerPermit, type BreakerTransition, CircuitBreaker } from './state.ts';
