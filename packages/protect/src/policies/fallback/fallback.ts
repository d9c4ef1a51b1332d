import type { CallOptions } from '../../kernel/call-options.ts';
import { discard } from '../../kernel/discard.ts';
import {
  Answer,
  type Binding,
  type Call,
  definePolicy,
  type Layer,
  layer,
  type Policy,
  Refusal,
} from '../../kernel/layer.ts';
import { knownKeys } from '../../kernel/options.ts';
import { isThenable } from '../../kernel/thenable.ts';
import { FallbackFailedError } from './errors.ts';

/** When a fallback answers. */
export interface FallbackOptions {
  /** Whether it answers this error. Default: every error. A caller's abort never reaches a fallback. */
  readonly on?: (error: unknown) => boolean;
  /**
   * Whether it answers this result too, such as a response with status 503; a function then gets the result in place of
   * the error. Default: none is.
   */
  readonly onResult?: (value: unknown) => boolean;
}

/**
 * Answers with something else when all that lies within failed.
 *
 * @param answer - the value, or a function of the error and of what the call brought along that gives it; several
 *   fallbacks in a row form a chain, the innermost asked first
 * @throws FallbackFailedError when the function itself fails; it carries both errors
 * @example fallback({ onHand: 'unknown' as const })
 * @example fallback((_error, { cacheKey }) => readFromReplica(cacheKey), { on: (error) => isNetworkError(error) })
 */
export function fallback<const Value>(
  answer: ((error: unknown, call: CallOptions) => Value) | Value,
  options: FallbackOptions = {},
): Policy<Awaited<Value>, false> {
  knownKeys('fallback', options, ['on', 'onResult']);
  return definePolicy('fallback', (binding) => fallbackLayer(binding, answer, options));
}

function fallbackLayer(binding: Binding, answer: unknown, { on, onResult }: FallbackOptions): Layer {
  const { emit, runtime, pipeline } = binding;
  const { events } = runtime;

  const fail = (error: unknown, fallbackError: unknown) => {
    if (events.active) emit('fallback.failed', { error, fallbackError });
    return new FallbackFailedError(pipeline, error, fallbackError);
  };

  /** @param replaced - the result that the answer takes the place of, if it was one */
  const answered = (error: unknown, value: unknown, replaced: unknown) => {
    if (events.active) emit('fallback.answered', { error });
    if (value !== replaced) discard(replaced);
    return value;
  };

  function respond(call: Call, outcome: unknown, replaced?: unknown): Answer | Refusal {
    let value = answer;
    if (typeof answer === 'function') {
      try {
        value = (answer as (error: unknown, call: CallOptions) => unknown)(outcome, call.options);
      } catch (fallbackError) {
        return new Refusal(fail(outcome, fallbackError));
      }
    }
    if (!isThenable(value)) return new Answer(answered(outcome, value, replaced));
    const later = Promise.resolve(value).then(
      (promised) => answered(outcome, promised, replaced),
      (fallbackError: unknown) => {
        throw fail(outcome, fallbackError);
      },
    );
    return new Answer(later);
  }

  return layer({
    succeeded: onResult && ((call, value) => (onResult(value) ? respond(call, value, value) : undefined)),
    failed: (call, error) => (on === undefined || on(error) ? respond(call, error) : undefined),
  });
}
