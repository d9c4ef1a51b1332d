import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RetryBudget } from '../../kernel/retry-budget.ts';
import { decideRetry, type RetryRules } from './state.ts';

const anyFailure = fc.record({
  attempts: fc.integer({ min: 1, max: 6 }),
  backoffMs: fc.nat(100),
  maxElapsedMs: fc.oneof(fc.nat(300), fc.constant(Infinity)),
  maxRetryAfterMs: fc.nat(200),
  balance: fc.nat(2),
  attempt: fc.integer({ min: 1, max: 6 }),
  elapsedMs: fc.nat(300),
  remainingMs: fc.oneof(fc.nat(200), fc.constant(Infinity)),
  retryAfterMs: fc.option(fc.nat(300), { nil: undefined }),
});

test('another attempt keeps to every rule at once, and its budget is only asked when all the others allow it', () => {
  fc.assert(
    fc.property(
      anyFailure,
      ({ balance, backoffMs, attempt, elapsedMs, remainingMs, retryAfterMs, ...limits }) => {
        const budget = new RetryBudget({ ratio: 0, burst: 2 });
        for (let i = balance; i < 2; i++) budget.tryWithdraw();
        const rules: RetryRules = { ...limits, backoff: () => backoffMs, budget };
        const failed = { attempt, previousDelayMs: 0, elapsedMs, remainingMs, retryAfterMs };
        const decision = decideRetry(rules, failed, () => 0.5);
        const waitMs = Math.max(backoffMs, retryAfterMs ?? 0);
        const allowed =
          attempt < limits.attempts &&
          (retryAfterMs ?? 0) <= limits.maxRetryAfterMs &&
          elapsedMs + waitMs <= limits.maxElapsedMs &&
          waitMs < remainingMs;
        if (allowed && balance > 0) expect(decision).toEqual({ delayMs: waitMs });
        else if (allowed) expect(decision).toEqual({ because: 'budget' });
        else
          expect(decision).toEqual({
            because: expect.stringMatching(/^(attempts|retry-after|elapsed|deadline)$/),
          });
        expect(budget.balance).toBe(allowed && balance > 0 ? balance - 1 : balance);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('a budget lets no more retries pass than its burst and its share of the calls, however they come', () => {
  const anySetup = fc.record({
    ratio: fc.double({ min: 0, max: 2, noNaN: true }),
    burst: fc.integer({ min: 1, max: 20 }),
    steps: fc.array(fc.constantFrom('call', 'retry', 'retry'), { maxLength: 300 }),
  });
  fc.assert(
    fc.property(anySetup, ({ ratio, burst, steps }) => {
      const budget = new RetryBudget({ ratio, burst });
      let [calls, retries] = [0, 0];
      for (const step of steps) {
        if (step === 'retry') retries += Number(budget.tryWithdraw());
        else {
          budget.deposit();
          calls++;
        }
        expect(retries).toBeLessThanOrEqual(burst + ratio * calls + 1e-6);
        expect(budget.balance).toBeGreaterThanOrEqual(0);
        expect(budget.balance).toBeLessThanOrEqual(burst);
      }
    }),
    { numRuns: 300 },
  );
});
