import type { CallOptions } from '../../kernel/call-options.ts';
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
  knownKeys('fallback', options, ['on']);
  return definePolicy('fallback', (binding) => fallbackLayer(binding, answer, options.on));
}

function fallbackLayer(binding: Binding, answer: unknown, on: FallbackOptions['on']): Layer {
  const { emit, runtime, pipeline } = binding;
  const { events } = runtime;

  const fail = (error: unknown, fallbackError: unknown) => {
    if (events.active) emit('fallback.failed', { error, fallbackError });
    return new FallbackFailedError(pipeline, error, fallbackError);
  };

  const answered = (error: unknown, value: unknown) => {
    if (events.active) emit('fallback.answered', { error });
    return value;
  };

  return layer({
    failed(call: Call, error) {
      if (on !== undefined && !on(error)) return undefined;
      let value = answer;
      if (typeof answer === 'function') {
        try {
          value = (answer as (error: unknown, call: CallOptions) => unknown)(error, call.options);
        } catch (fallbackError) {
          return new Refusal(fail(error, fallbackError));
        }
      }
      if (!isThenable(value)) return new Answer(answered(error, value));
      const later = Promise.resolve(value).then(
        (promised) => answered(error, promised),
        (fallbackError: unknown) => {
          throw fail(error, fallbackError);
        },
      );
      return new Answer(later);
    },
  });
}
