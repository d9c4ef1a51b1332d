import type { Random } from '../../kernel/random.ts';
import type { Backoff } from '../../kernel/backoff.ts';
import type { RetryBudget } from '../../kernel/retry-budget.ts';

/** The rules by which one call is retried. */
export interface RetryRules {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly maxElapsedMs: number;
  /** A server that asks for a longer pause than this is not asked again. */
  readonly maxRetryAfterMs: number;
  readonly budget: RetryBudget | undefined;
}

/** What is known when an attempt has failed. */
export interface FailedAttempt {
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  /** The wait before it. */
  readonly previousDelayMs: number;
  readonly elapsedMs: number;
  /** Time left until the deadline of the call. */
  readonly remainingMs: number;
  /** The pause that the other side asked for. */
  readonly retryAfterMs: number | undefined;
}

/** Whether there is another attempt, and after what wait; or why there is none. */
export type RetryDecision =
  | { readonly delayMs: number }
  | { readonly because: 'attempts' | 'elapsed' | 'deadline' | 'budget' | 'retry-after' };

/**
 * Decides on the next attempt. Pure but for the budget, which is asked last: what would not be waited for is not
 * paid for.
 */
export function decideRetry(rules: RetryRules, failed: FailedAttempt, random: Random): RetryDecision {
  if (failed.attempt >= rules.attempts) return { because: 'attempts' };
  const asked = failed.retryAfterMs ?? 0;
  if (asked > rules.maxRetryAfterMs) return { because: 'retry-after' };
  const delayMs = Math.max(asked, rules.backoff(failed.attempt, failed.previousDelayMs, random));
  if (failed.elapsedMs + delayMs > rules.maxElapsedMs) return { because: 'elapsed' };
  if (delayMs >= failed.remainingMs) return { because: 'deadline' };
  if (rules.budget !== undefined && !rules.budget.tryWithdraw()) return { because: 'budget' };
  return { delayMs };
}
