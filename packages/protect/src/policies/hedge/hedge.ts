import { type Duration, parseDuration } from '../../kernel/duration.ts';
import { OptionsError } from '../../kernel/errors.ts';
import { type Call, definePolicy, type Layer, layer, type Policy } from '../../kernel/layer.ts';
import { knownKeys, oneOf, wholeNumber } from '../../kernel/options.ts';
import { isRefusal } from '../../kernel/refusals.ts';
import { RetryBudget } from '../../kernel/retry-budget.ts';
import { HedgedCall, type HedgeSetup } from './hedged-call.ts';
import { type HedgeDelay, Hedger } from './state.ts';

/** A delay that follows the latencies that are measured. */
export interface MeasuredDelay {
  /** The share of first attempts that are to be done by then, such as 0.95; from 0.5 to 0.9999. */
  readonly percentile: number;
  /** The shortest delay. Default 1 ms. */
  readonly least?: Duration;
  /** The longest delay, and the one that holds until enough is measured. Default 1 s. */
  readonly most?: Duration;
}

/** When an attempt gets company. */
export interface HedgeOptions {
  /** How long an attempt may take before another one is started beside it: a time, or a measured percentile. */
  readonly after: Duration | MeasuredDelay;
  /** Attempts in all, the first included; 2 to 10. Default 2. */
  readonly attempts?: number;
  /**
   * Further attempts for each call, such as 0.1 for one in ten; or a budget shared with others. Default 0.1. When it is
   * used up no further attempt is started, and those under way go on.
   */
  readonly budget?: number | RetryBudget;
  /**
   * Whether an error is worth another attempt at once, without waiting for the delay. Default: every error but our own
   * policies' refusals. Any error is the call's only when no attempt is left that could still succeed.
   */
  readonly on?: (error: unknown) => boolean;
  /** What to do in a call that an enclosing pipeline is already repeating. Default `'skip'`: attempts do not multiply. */
  readonly nested?: 'skip' | 'hedge';
}

/**
 * Cuts off the tail of slow answers: when an attempt takes unusually long, another one is started beside it, and the
 * first success wins. The others are ended through their signals, and what they bring is let go of.
 *
 * Only a pipeline declared `idempotent`, or a call with a key, may hold it. Each attempt runs through the policies
 * within, so a time-out inside limits each attempt, and one outside all of them.
 *
 * @throws OptionsError
 * @example hedge({ after: '50ms' })
 * @example hedge({ after: { percentile: 0.95, least: '5ms', most: '500ms' }, budget: 0.05 })
 */
export function hedge(options: HedgeOptions): Policy<never, true, Hedger> {
  knownKeys('hedge', options, ['after', 'attempts', 'budget', 'on', 'nested']);
  const delay = readDelay(options.after);
  const attempts = wholeNumber('attempts', options.attempts ?? 2, 2, 10);
  const { budget = 0.1, on = worthAnother } = options;
  const makeBudget = budget instanceof RetryBudget ? () => budget : () => new RetryBudget({ ratio: budget });
  makeBudget();
  const skipNested = oneOf('nested', options.nested ?? 'skip', ['skip', 'hedge']) === 'skip';
  return definePolicy(
    'hedge',
    (binding) => {
      const machine = new Hedger(delay, makeBudget());
      return hedgeLayer({ binding, machine, attempts, on, lost: whyLost() }, skipNested);
    },
    true,
  );
}

function hedgeLayer(setup: HedgeSetup, skipNested: boolean): Layer {
  const { index } = setup.binding;
  const of = (call: Call) => call.kept(index) as HedgedCall | undefined;
  return layer({
    interrupts: true,
    machine: setup.machine,
    enter(call) {
      const skipped = call.options.repeat === false || (skipNested && (call.ambient?.attempt ?? 1) > 1);
      call.keep(index, skipped ? undefined : new HedgedCall(setup, call));
      return undefined;
    },
    succeeded: (call) => of(call)?.ownSucceeded(),
    failed: (call, error) => of(call)?.ownFailed(error),
    cancelled: (call, reason) => of(call)?.cancel(reason),
  });
}

function readDelay(after: Duration | MeasuredDelay): HedgeDelay {
  if (typeof after !== 'object') return { afterMs: parseDuration('after', after) };
  knownKeys('after', after, ['percentile', 'least', 'most']);
  const { percentile } = after;
  if (typeof percentile !== 'number' || !(percentile >= 0.5 && percentile <= 0.9999)) {
    throw new OptionsError('after.percentile', percentile, 'a share from 0.5 to 0.9999, such as 0.95');
  }
  const leastMs = parseDuration('after.least', after.least ?? 1);
  return { percentile, leastMs, mostMs: parseDuration('after.most', after.most ?? '1s', leastMs) };
}

function worthAnother(error: unknown): boolean {
  return !isRefusal(error);
}

/** One for all calls: an error that hardly anybody reads need not be made each time. */
function whyLost(): unknown {
  return new DOMException(
    'Another attempt of this call has answered first; this one is not needed.',
    'AbortError',
  );
}
