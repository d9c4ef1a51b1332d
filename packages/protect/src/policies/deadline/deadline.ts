import { type Duration, parseDuration } from '../../kernel/duration.ts';
import { DeadlineExceededError } from '../../kernel/errors.ts';
import { definePolicy, type Policy } from '../../kernel/layer.ts';
import { timeLimitLayer } from '../../kernel/time-limit.ts';

/**
 * Gives everything within it, and every call made by it, a common deadline.
 *
 * As `timeout`, and beyond it: pipelines called by the work see the deadline by themselves (by AsyncLocalStorage where
 * there is one), may only shorten it, and refuse to begin once it has passed. An attempt reads its `remainingMs`.
 * That costs about 0.2 µs a call more than `timeout`, so put it at the entry of a request.
 *
 * @param limit - from 1 ms
 * @throws OptionsError when the limit is no duration of at least 1 ms
 * @example pipeline('checkout', [deadline('2s')])
 */
export function deadline(limit: Duration): Policy<never, false> {
  const durationMs = parseDuration('deadline', limit, 1);
  return definePolicy('deadline', (binding) => {
    const { emit, pipeline, runtime } = binding;
    return timeLimitLayer(binding, durationMs, true, () => {
      if (runtime.events.active) emit('deadline.passed', { lateMs: 0 });
      return new DeadlineExceededError(pipeline, false);
    });
  });
}
