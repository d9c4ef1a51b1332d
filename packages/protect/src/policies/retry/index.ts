export {
  type Backoff,
  constant,
  exponential,
  type ExponentialOptions,
  type Jitter,
  linear,
  type LinearOptions,
} from '../../kernel/backoff.ts';
export { RetryBudget, retryBudget, type RetryBudgetOptions } from '../../kernel/retry-budget.ts';
export { retry, type RetryOptions } from './retry.ts';
export { decideRetry, type FailedAttempt, type RetryDecision, type RetryRules } from './state.ts';
