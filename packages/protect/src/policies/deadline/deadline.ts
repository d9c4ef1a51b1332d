import { type Duration, parseDuration } from '../../kernel/duration.ts';
import { DeadlineExceededError, withoutStack } from '../../kernel/errors.ts';
import type { Policy } from '../../kernel/layer.ts';
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
  return Object.freeze({
    name: 'deadline',
    repeats: false,
    bind: (binding) =>
      timeLimitLayer(binding, {
        name: 'deadline',
        durationMs,
        ambient: true,
        expired() {
          const { events, clock } = binding.runtime;
          if (events.active) {
            events.emit({ type: 'deadline.passed', at: clock.now(), pipeline: binding.pipeline, lateMs: 0 });
          }
          return withoutStack(() => new DeadlineExceededError(binding.pipeline, false));
        },
      }),
  } satisfies Policy<never, false>);
}
