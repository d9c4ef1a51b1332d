import { type Duration, parseDuration } from '../../kernel/duration.ts';
import { definePolicy, type Policy } from '../../kernel/layer.ts';
import { timeLimitLayer } from '../../kernel/time-limit.ts';
import { TimeoutError } from './errors.ts';

/**
 * Gives everything within it a limited time.
 *
 * At the limit the call fails with a {@link TimeoutError} and the attempt's `signal` is aborted with that error as its
 * reason. Work that ignores the signal is abandoned: the call goes on without it, and what it brings later is dropped.
 * Listed outside a retry it limits all attempts together; inside, each attempt.
 *
 * A caller's own abort is not a time-out: it rejects with the caller's reason, untouched.
 *
 * @param limit - from 1 ms
 * @throws OptionsError when the limit is no duration of at least 1 ms
 * @example pipeline('search', [timeout('300ms')])
 */
export function timeout(limit: Duration): Policy<never, false> {
  const durationMs = parseDuration('timeout', limit, 1);
  return definePolicy('timeout', (binding) => {
    const { emit, pipeline, runtime } = binding;
    return timeLimitLayer(binding, durationMs, false, () => {
      if (runtime.events.active) emit('timeout.expired', { afterMs: durationMs });
      return new TimeoutError(pipeline, durationMs);
    });
  });
}
