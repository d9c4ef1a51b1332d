import { sliceClock } from '../../kernel/coarse-clock.ts';
import {
  type Binding,
  type Call,
  definePolicy,
  type Layer,
  layer,
  type Policy,
  Refusal,
} from '../../kernel/layer.ts';
import { isRefusal, isTimeout } from '../../kernel/refusals.ts';
import { TimeLimit, timeoutQueue } from '../../kernel/timeout-queues.ts';
import { CircuitOpenError } from './errors.ts';
import { type BreakerRules, type CircuitBreakerOptions, readBreakerOptions } from './options.ts';
import { type BreakerPermit, CircuitBreaker } from './state.ts';
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
  return definePolicy('circuit-breaker', (binding) => breakerLayer(binding, rules, options));
}

function breakerLayer(binding: Binding, rules: BreakerRules, options: CircuitBreakerOptions): Layer {
  const { emit, index, pipeline, runtime } = binding;
  const { isFailure = isFailureByDefault, isFailureResult } = options;
  const machine = new CircuitBreaker(rules, runtime.random, ({ from, to, at, because, openForMs }) => {
    if (!runtime.events.active) return;
    if (to === 'open') emit('circuit-breaker.opened', { from, openForMs, because }, at);
    else emit(`circuit-breaker.${to === 'half-open' ? 'half-opened' : to}`, { from }, at);
  });
  const successAt = clockOfSuccesses(binding, rules);
  // Only where slow calls count is each call watched, so that a slow one counts before it has ended.
  const queue = rules.slowCallRate === undefined ? undefined : timeoutQueue(runtime, rules.slowCallMs);

  /** @param failed - `undefined` for a call that says nothing of what is protected */
  function end(call: Call, failed: boolean | undefined, now: number): undefined {
    const kept = call.kept(index) as BreakerPermit | SlowWatch;
    if (typeof kept === 'number') return machine.record(kept, failed, now) as undefined;
    queue?.remove(kept);
    if (kept.slow) machine.unmarkSlow(kept.permit);
    return machine.record(kept.permit, failed, now, kept.slow) as undefined;
  }

  return layer({
    machine,
    atRest: (now) => machine.isAtRest(now),
    enter(call) {
      const permit = machine.tryAcquire(machine.needsTime ? call.now() : 0);
      if (permit === undefined) return reject(call, binding, machine);
      if (queue === undefined) return call.keep(index, permit) as undefined;
      const watch = new SlowWatch(machine, permit);
      call.keep(index, watch);
      queue.add(watch, call.now());
      return undefined;
    },
    succeeded(call, value) {
      const failed = isFailureResult?.(value) === true;
      return end(call, failed, failed || machine.needsTime ? call.now() : successAt());
    },
    failed(call, error) {
      const failed = isFailure(error);
      return end(call, failed || !isRefusal(error) ? failed : undefined, call.now());
    },
    // A time limit further out says that the call was too slow; whoever else gave it up says nothing.
    cancelled: (call, reason) => end(call, isTimeout(reason, pipeline) || undefined, call.now()),
  });
}

/**
 * The time at which a success is counted while the breaker is closed, the one case worth making cheap: a success only
 * needs to fall into the right slice of the window, and a window of calls has no slices.
 */
function clockOfSuccesses({ runtime }: Binding, { window }: BreakerRules): () => number {
  return 'calls' in window ? () => 0 : sliceClock(runtime, window.durationMs / windowSlices);
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

function reject(call: Call, { emit, pipeline, runtime }: Binding, machine: CircuitBreaker): Refusal {
  const { state } = machine;
  const retryAfterMs = machine.retryAfterMs(call.now());
  if (runtime.events.active) emit('circuit-breaker.rejected', { state, retryAfterMs });
  return new Refusal(new CircuitOpenError(pipeline, state, retryAfterMs));
}

function isFailureByDefault(error: unknown): boolean {
  return !isRefusal(error);
}
