import { type Duration, parseDuration } from '../../kernel/duration.ts';
import { OptionsError, SeaworthyError } from '../../kernel/errors.ts';
import {
  type Binding,
  type Call,
  definePolicy,
  type Layer,
  layer,
  type Policy,
  Redo,
} from '../../kernel/layer.ts';
import { knownKeys, oneOf, wholeNumber } from '../../kernel/options.ts';
import { isRefusal } from '../../kernel/refusals.ts';
import { type Backoff, exponential } from '../../kernel/backoff.ts';
import { RetryBudget } from '../../kernel/retry-budget.ts';
import { readRetryAfter } from '../../kernel/retry-after.ts';
import { decideRetry, type RetryRules } from './state.ts';

/** When and how often work is tried again. */
export interface RetryOptions {
  /** Attempts in all, the first included; 1 to 100. Default 3. */
  readonly attempts?: number;
  /** The wait before each further attempt. Default: exponential from 100 ms with full jitter. */
  readonly backoff?: Backoff;
  /**
   * Whether an error is worth another attempt. Default: every error of the work and time-outs, but none that our own
   * policies raised to protect something (open breaker, full bulkhead, limit), nor a passed deadline.
   */
  readonly on?: (error: unknown, attempt: number) => boolean;
  /** Whether a result is worth another attempt, such as a response with status 503. Default: none is. */
  readonly onResult?: (value: unknown, attempt: number) => boolean;
  /** No attempt is begun later than this after the first. Default: no limit. */
  readonly maxElapsed?: Duration;
  /** A pause that the other side asks for (Retry-After) is kept up to this length; a longer one ends the attempts. Default 30 s. */
  readonly maxRetryAfter?: Duration;
  /** Retries for each call, such as 0.1 for one in ten; or a budget shared between pipelines. Default: no budget. */
  readonly budget?: number | RetryBudget;
  /**
   * What to do in a call that an enclosing pipeline is already retrying. Default `'skip'`: only the outermost
   * retries, so that attempts do not multiply.
   */
  readonly nested?: 'skip' | 'retry';
}

/**
 * Tries work again that failed, when that is safe and promises something.
 *
 * Only a pipeline declared `idempotent`, or a call with a key, may hold it. The budget is asked before the wait, the
 * last error is what the caller gets, and no wait is begun that the call's deadline would cut off.
 *
 * @throws OptionsError
 * @example retry({ attempts: 3, backoff: exponential({ base: '50ms', max: '1s' }), budget: 0.1 })
 */
export function retry(options: RetryOptions = {}): Policy<never, true> {
  knownKeys('retry', options, [
    'attempts',
    'backoff',
    'on',
    'onResult',
    'maxElapsed',
    'maxRetryAfter',
    'budget',
    'nested',
  ]);
  const makeBudget = budgetOf(options.budget);
  const rules = {
    attempts: wholeNumber('attempts', options.attempts ?? 3, 1, 100),
    backoff: backoffOf(options.backoff),
    maxElapsedMs:
      options.maxElapsed === undefined ? Infinity : parseDuration('maxElapsed', options.maxElapsed),
    maxRetryAfterMs: parseDuration('maxRetryAfter', options.maxRetryAfter ?? '30s'),
  };
  const nested = oneOf('nested', options.nested ?? 'skip', ['skip', 'retry']);
  const bind = (binding: Binding) =>
    retryLayer(binding, {
      ...rules,
      budget: makeBudget(),
      on: options.on ?? worthRetrying,
      onResult: options.onResult,
      skipNested: nested === 'skip',
    });
  return definePolicy('retry', bind, true);
}

interface RetrySetup extends RetryRules {
  readonly on: (error: unknown, attempt: number) => boolean;
  readonly onResult: ((value: unknown, attempt: number) => boolean) | undefined;
  readonly skipNested: boolean;
}

/** What is remembered of a call, from its first failure on. */
interface Progress {
  attempts: number;
  startedAt: number;
  delayMs: number;
}

const begin = (call: Call): Progress => ({ attempts: 0, startedAt: call.now(), delayMs: 0 });

function retryLayer(binding: Binding, setup: RetrySetup): Layer {
  const { emit, index, runtime } = binding;
  const { events, clock } = runtime;
  const { budget, onResult } = setup;
  const timed = setup.maxElapsedMs !== Infinity;

  function again(call: Call, outcome: unknown): Redo | undefined {
    if (call.options.repeat === false) return undefined;
    const progress = (call.kept(index) as Progress | undefined) ?? begin(call);
    progress.attempts++;
    call.keep(index, progress);
    if (setup.skipNested && (call.ambient?.attempt ?? 1) > 1) return stop(call, progress, 'nested', outcome);
    const decision = decideRetry(
      setup,
      {
        attempt: progress.attempts,
        previousDelayMs: progress.delayMs,
        elapsedMs: timed ? call.now() - progress.startedAt : 0,
        remainingMs: call.limit === undefined ? Infinity : call.limit - call.now(),
        retryAfterMs: readRetryAfter(outcome, () => clock.epoch + clock.now()),
      },
      runtime.random,
    );
    if ('because' in decision) return stop(call, progress, decision.because, outcome);
    progress.delayMs = decision.delayMs;
    if (events.active) {
      const { attempts: attempt, delayMs } = progress;
      emit('retry.scheduled', { attempt, delayMs, error: outcome });
    }
    return new Redo(decision.delayMs);
  }

  function stop(
    call: Call,
    progress: Progress,
    because: 'attempts' | 'elapsed' | 'deadline' | 'budget' | 'nested' | 'retry-after',
    error: unknown,
  ): undefined {
    call.keep(index, undefined);
    if (events.active) emit('retry.stopped', { attempts: progress.attempts, because, error });
  }

  return layer({
    enter:
      budget === undefined && !timed
        ? undefined
        : (call) => {
            budget?.deposit();
            if (timed) call.keep(index, begin(call));
            return undefined;
          },
    succeeded(call, value) {
      const progress = call.kept(index) as Progress | undefined;
      if (onResult?.(value, (progress?.attempts ?? 0) + 1) === true) return again(call, value);
      if (progress !== undefined && progress.attempts > 0) {
        call.keep(index, undefined);
        if (events.active) emit('retry.succeeded', { attempts: progress.attempts + 1 });
      }
      return undefined;
    },
    failed(call, error) {
      const progress = call.kept(index) as Progress | undefined;
      if (!setup.on(error, (progress?.attempts ?? 0) + 1)) {
        call.keep(index, undefined);
        return undefined;
      }
      return again(call, error);
    },
    cancelled: (call) => call.keep(index, undefined),
  });
}

/** Errors that are no refusal, and that another attempt would meet again all the same. */
const lasting: ReadonlySet<string> = new Set(['DEADLINE_EXCEEDED', 'OPTIONS_INVALID', 'FALLBACK_FAILED']);

function worthRetrying(error: unknown): boolean {
  return !isRefusal(error) && !(SeaworthyError.is(error) && lasting.has(error.code));
}

function backoffOf(backoff: Backoff | undefined): Backoff {
  if (backoff === undefined) return exponential();
  if (typeof backoff !== 'function') {
    throw new OptionsError('backoff', backoff, 'a function such as exponential()');
  }
  return backoff;
}

/** A shared budget, or the maker of a pipeline's own; checked once, when the policy is described. */
function budgetOf(budget: number | RetryBudget | undefined): () => RetryBudget | undefined {
  if (budget === undefined || budget instanceof RetryBudget) return () => budget;
  if (typeof budget !== 'number') {
    throw new OptionsError('budget', budget, 'a number or retryBudget()');
  }
  const make = () => new RetryBudget({ ratio: budget });
  make();
  return make;
}
