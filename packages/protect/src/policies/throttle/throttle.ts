import { sliceClock } from '../../kernel/coarse-clock.ts';
import { type Duration, parseDuration } from '../../kernel/duration.ts';
import { OptionsError } from '../../kernel/errors.ts';
import { type Binding, definePolicy, type Layer, layer, type Policy, Refusal } from '../../kernel/layer.ts';
import { knownKeys, wholeNumber } from '../../kernel/options.ts';
import { isRefusal, isTimeout } from '../../kernel/refusals.ts';
import { ThrottledError } from './errors.ts';
import { Throttle, type ThrottleRules, throttleSlices } from './state.ts';

/** When a client holds its own calls back. */
export interface ThrottleOptions {
  /**
   * Calls made for each one that is accepted, from 1. Default 2: the other side turns away at most as many calls as it
   * accepts. Smaller spares it more; greater notices sooner that it is well again.
   */
  readonly k?: number;
  /** What is looked back on. Default 2 minutes. */
  readonly window?: Duration;
  /** No call is held back before so many have ended in the window. Default 10. */
  readonly minimumCalls?: number;
  /** The greatest share of calls that is held back; the rest finds out that the other side is well again. Default 0.95. */
  readonly rejectionMax?: number;
  /**
   * Whether an error means that the other side turned the call away. Default: every error and time-out, but no refusal
   * by a policy of ours within, which counts as nothing; nor does a call that its caller cancelled.
   */
  readonly isRejected?: (error: unknown) => boolean;
  /** Whether a result means that, such as a response with status 429 or 503. Default: none does. */
  readonly isRejectedResult?: (value: unknown) => boolean;
}

/**
 * Holds calls back before they are made when the other side turns most of them away: even a refusal costs it something,
 * and many clients that keep asking can drown it in refusals.
 *
 * While less than half of the calls are turned away (with the default `k`) nothing is held back. It learns only from
 * calls that have ended, so that a burst of slow ones is no reason to hold back the next.
 *
 * @throws OptionsError
 * @example throttle()
 * @example throttle({ k: 1.5, isRejectedResult: (response) => (response as Response).status === 429 })
 */
export function throttle(options: ThrottleOptions = {}): Policy<never, false, Throttle> {
  knownKeys('throttle', options, [
    'k',
    'window',
    'minimumCalls',
    'rejectionMax',
    'isRejected',
    'isRejectedResult',
  ]);
  const rules: ThrottleRules = {
    k: numberBetween('k', options.k ?? 2, 1, 100),
    windowMs: parseDuration('window', options.window ?? '2m', 100),
    minimumCalls: wholeNumber('minimumCalls', options.minimumCalls ?? 10, 1),
    rejectionMax: numberBetween('rejectionMax', options.rejectionMax ?? 0.95, 0, 1),
  };
  return definePolicy('throttle', (binding) => throttleLayer(binding, rules, options));
}

function throttleLayer(binding: Binding, rules: ThrottleRules, options: ThrottleOptions): Layer {
  const { emit, pipeline, runtime } = binding;
  const machine = new Throttle(rules, runtime.random);
  const now = sliceClock(runtime, rules.windowMs / throttleSlices);
  const { isRejected, isRejectedResult } = options;

  function refuse(probability: number): Refusal {
    if (runtime.events.active) emit('throttle.rejected', { probability });
    return new Refusal(new ThrottledError(pipeline, probability));
  }

  return layer({
    machine,
    atRest: () => machine.probability(now()) === 0,
    enter() {
      const probability = machine.tryAcquire(now());
      return probability === 0 ? undefined : refuse(probability);
    },
    succeeded(_call, value) {
      machine.record(isRejectedResult?.(value) !== true, now());
      return undefined;
    },
    failed(_call, error) {
      const rejected = isRejected === undefined ? !isRefusal(error) : isRejected(error);
      if (rejected || !isRefusal(error)) machine.record(!rejected, now());
      return undefined;
    },
    cancelled(_call, reason) {
      // A time limit further out cut the call off; whoever else gave it up says nothing about the other side.
      if (isTimeout(reason, pipeline)) machine.record(false, now());
    },
  });
}

function numberBetween(name: string, value: number, least: number, most: number): number {
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new OptionsError(name, value, `a number from ${least} to ${most}`);
  }
  return value;
}
