export { type Ambient, type AmbientStorage, createAmbientStorage } from './kernel/ambient.ts';
export type { Attempt } from './kernel/attempt.ts';
export type { Work } from './kernel/route.ts';
export type { CallOptions } from './kernel/call-options.ts';
export { type Clock, monotonicClock } from './kernel/clock.ts';
export { type Criticality, criticalityLevels } from './kernel/criticality.ts';
export { type Duration, parseDuration } from './kernel/duration.ts';
export {
  DeadlineExceededError,
  type ErrorCode,
  type ErrorFields,
  KeyRequiredError,
  OptionsError,
  PipelineClosedError,
  SeaworthyError,
} from './kernel/errors.ts';
export {
  type BreakerState,
  type Emit,
  type EventDetails,
  type EventListener,
  EventStream,
  type EventType,
  type PolicyEvent,
} from './kernel/events.ts';
export {
  Admission,
  Answer,
  type Binding,
  type Call,
  definePolicy,
  type Entry,
  type Fork,
  type Layer,
  layer,
  type Policy,
  Redo,
  Refusal,
  type Turn,
} from './kernel/layer.ts';
export { knownKeys } from './kernel/options.ts';
export { nativeRandom, type Random } from './kernel/random.ts';
export { createRuntime, defaultRuntime, type Runtime, type RuntimeParts } from './kernel/runtime.ts';
export { background, createNativeTimers, type Timer, type Timers } from './kernel/timers.ts';
export {
  type CallOutcome,
  type KeyedCallOptions,
  type Pipeline,
  pipeline,
  type PipelineOptions,
  type RepeatCallOptions,
} from './pipeline.ts';
export { Bulkhead, bulkhead, BulkheadFullError, type BulkheadOptions } from './policies/bulkhead/index.ts';
export {
  type BreakerPermit,
  type BreakerRules,
  type BreakerTransition,
  CircuitBreaker,
  circuitBreaker,
  type CircuitBreakerOptions,
  CircuitOpenError,
  readBreakerOptions,
} from './policies/circuit-breaker/index.ts';
export { deadline } from './policies/deadline/index.ts';
export { fallback, FallbackFailedError, type FallbackOptions } from './policies/fallback/index.ts';
export {
  type Backoff,
  constant,
  decideRetry,
  exponential,
  type ExponentialOptions,
  type FailedAttempt,
  type Jitter,
  linear,
  type LinearOptions,
  retry,
  RetryBudget,
  type RetryDecision,
  type RetryRules,
  retryBudget,
  type RetryBudgetOptions,
  type RetryOptions,
} from './policies/retry/index.ts';
export { timeout, TimeoutError } from './policies/timeout/index.ts';
