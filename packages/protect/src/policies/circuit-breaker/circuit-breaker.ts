import { coarseTickMs } from '../../kernel/coarse-clock.ts';
import { withoutStack } from '../../kernel/errors.ts';
import type { PolicyEvent } from '../../kernel/events.ts';
import { type Binding, type Layer, layer, type Policy, Refusal, type Call } from '../../kernel/layer.ts';
import { isRefusal, isTimeout } from '../../kernel/refusals.ts';
import { TimeLimit } from '../../kernel/timeout-queues.ts';
import { CircuitOpenError } from './errors.ts';
import { type BreakerRules, type CircuitBreakerOptions, readBreakerOptions } from './options.ts';
import { type BreakerPermit, type BreakerTransition, CircuitBreaker } from './state.ts';
import { windowSlices } from './window.ts';

/**
 * Stops calling what keeps failing, and finds out carefully when it is well again.
 *
 * @throws OptionsError
 * @example circuitBreaker({ failureRate: 0.5, window: '10s', minimumCalls: 20, openFor: '5s' })
 * @example circuitBreaker({ consecutiveFailures: 5, openFor: '1s', openForFactor: 2, ramp: '10s' })
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): Policy<never, false, CircuitBreaker> {
  const rules = readBreakerOptions(options);
  return Object.freeze({
    name: 'circuit-breaker',
    repeats: false,
    bind: (binding) => breakerLayer(binding, rules, options),
  } satisfies Policy<never, false, CircuitBreaker>);
}

function breakerLayer(binding: Binding, rules: BreakerRules, options: CircuitBreakerOptions): Layer {
  const { index, pipeline, runtime } = binding;
  const { events, clock } = runtime;
  const { isFailure = isFailureByDefault, isFailureResult } = options;
  const machine = new CircuitBreaker(rules, runtime.random, (transition) => {
    if (events.active) events.emit(eventOf(pipeline, transition));
  });
  if (rules.slowCallRate !== undefined) return slowAwareLayer(binding, rules, machine, options);
  const successAt = clockOfSuccesses(binding, rules);

  return layer({
    name: 'circuit-breaker',
    machine,
    atRest: () => machine.state === 'closed',
    enter(call) {
      const permit = machine.tryAcquire(machine.needsTime ? call.now() : 0);
      if (permit === undefined) return reject(call, binding, machine);
      call.keep(index, permit);
      return undefined;
    },
    succeeded(call, value) {
      const failed = isFailureResult?.(value) === true;
      const now = failed || machine.needsTime ? call.now() : successAt();
      machine.record(call.kept(index) as BreakerPermit, failed, now);
      return undefined;
    },
    failed(call, error) {
      const permit = call.kept(index) as BreakerPermit;
      if (isFailure(error)) machine.record(permit, true, call.now());
      else if (isRefusal(error)) machine.release(permit);
      else machine.record(permit, false, call.now());
      return undefined;
    },
    cancelled(call, reason) {
      const permit = call.kept(index) as BreakerPermit;
      if (isTimeout(reason)) machine.record(permit, true, clock.now());
      else machine.release(permit);
    },
  });
}

/**
 * The time at which a success is counted while the breaker is closed, the one case worth making cheap: a success only
 * needs to fall into the right slice of the window, and a window of calls has no slices.
 */
function clockOfSuccesses({ runtime }: Binding, { window }: BreakerRules): () => number {
  if (!('durationMs' in window)) return () => 0;
  const { clock, coarseClock } = runtime;
  return window.durationMs / windowSlices < coarseTickMs ? () => clock.now() : () => coarseClock.now();
}

/** As the plain layer, and with a watch on each call, so that a slow one counts before it has ended. */
function slowAwareLayer(
  binding: Binding,
  rules: BreakerRules,
  machine: CircuitBreaker,
  options: CircuitBreakerOptions,
): Layer {
  const { index, runtime } = binding;
  const { isFailure = isFailureByDefault, isFailureResult } = options;
  const queue = runtime.timeouts.queue(rules.slowCallMs);

  function end(call: Call, failed: boolean | undefined): void {
    const watch = call.kept(index) as SlowWatch;
    queue.remove(watch);
    if (watch.slow) machine.unmarkSlow(watch.permit);
    if (failed === undefined) machine.release(watch.permit);
    else machine.record(watch.permit, failed, call.now(), watch.slow);
  }

  return layer({
    name: 'circuit-breaker',
    machine,
    atRest: () => machine.state === 'closed',
    enter(call) {
      const permit = machine.tryAcquire(call.now());
      if (permit === undefined) return reject(call, binding, machine);
      const watch = new SlowWatch(machine, permit);
      call.keep(index, watch);
      queue.add(watch, call.now());
      return undefined;
    },
    succeeded: (call, value) => end(call, isFailureResult?.(value) === true) as undefined,
    failed: (call, error) =>
      end(call, isRefusal(error) && !isFailure(error) ? undefined : isFailure(error)) as undefined,
    cancelled: (call, reason) => end(call, isTimeout(reason) ? true : undefined),
  });
}

class SlowWatch extends TimeLimit {
  readonly machine: CircuitBreaker;
  readonly permit: BreakerPermit;
  slow = false;

  constructor(machine: CircuitBreaker, permit: BreakerPermit) {
    super();
    this.machine = machine;
    this.permit = permit;
  }

  expired(): void {
    this.slow = true;
    this.machine.markSlow(this.permit, this.at);
  }
}

function reject(call: Call, { pipeline, runtime }: Binding, machine: CircuitBreaker): Refusal {
  const { state } = machine;
  const retryAfterMs = machine.retryAfterMs(call.now());
  if (runtime.events.active) {
    runtime.events.emit({ type: 'circuit-breaker.rejected', at: call.now(), pipeline, state, retryAfterMs });
  }
  return new Refusal(withoutStack(() => new CircuitOpenError(pipeline, state, retryAfterMs)));
}

function eventOf(pipeline: string, { from, to, at, because, openForMs }: BreakerTransition): PolicyEvent {
  const base = { at, pipeline, from };
  if (to === 'open') return { type: 'circuit-breaker.opened', ...base, openForMs, because };
  if (to === 'half-open') return { type: 'circuit-breaker.half-opened', ...base };
  if (to === 'isolated') return { type: 'circuit-breaker.isolated', ...base };
  if (to === 'ramping') return { type: 'circuit-breaker.ramping', ...base };
  if (to === 'disabled') return { type: 'circuit-breaker.disabled', ...base };
  return { type: 'circuit-breaker.closed', ...base };
}

function isFailureByDefault(error: unknown): boolean {
  return !isRefusal(error);
}
