import { callPriority } from '../../kernel/criticality.ts';
import {
  type Binding,
  type Call,
  definePolicy,
  type Entry,
  type Layer,
  layer,
  type Policy,
  Refusal,
} from '../../kernel/layer.ts';
import { QueuedCall, type QueueOwner } from '../../kernel/queued-call.ts';
import { timeoutQueue } from '../../kernel/timeout-queues.ts';
import { isTimeout } from '../../kernel/refusals.ts';
import { LimitExceededError, type LimitReason } from './errors.ts';
import { type AdaptiveLimitOptions, type LimitSetup, readLimitOptions } from './options.ts';
import { AdaptiveLimiter, type CallEnd } from './state.ts';

/**
 * Limits how many calls are under way, by a limit that it learns from how long they take: nobody has to guess how much
 * the other side can do, and it follows when that changes.
 *
 * @throws OptionsError
 * @example adaptiveLimit()
 * @example adaptiveLimit({ algorithm: 'aimd', slow: '200ms', queue: 10, isDropped: (error) => isUnavailable(error) })
 */
export function adaptiveLimit(options: AdaptiveLimitOptions = {}): Policy<never, false, AdaptiveLimiter> {
  const setup = readLimitOptions(options);
  return definePolicy('adaptive-limit', (binding) => limitLayer(binding, setup));
}

/** A call that waits; once it is let go on it knows when that was. */
class WaitingCall extends QueuedCall {
  startedAt = 0;
}

function limitLayer(binding: Binding, setup: LimitSetup): Layer {
  const { emit, index, pipeline, runtime } = binding;
  const { events, clock, random } = runtime;
  const { bounds, queueTimeoutMs, isDropped, isDroppedResult } = setup;
  const waitLimits = queueTimeoutMs === undefined ? undefined : timeoutQueue(runtime, queueTimeoutMs);
  const machine = new AdaptiveLimiter(
    bounds,
    setup.makeAlgorithm(random),
    setup.makeEarlyRejection(random),
    (limit, from) => {
      if (events.active) emit('adaptive-limit.changed', { limit, from });
    },
  );

  function refusal(because: LimitReason): LimitExceededError {
    const { limit } = machine;
    if (events.active) emit('adaptive-limit.rejected', { limit });
    return new LimitExceededError(pipeline, because, limit);
  }

  function release(now: number, startedAt: number, end: CallEnd): void {
    machine.release(now, startedAt, end);
    for (let next = machine.next(); next !== undefined; next = machine.next()) {
      const waiter = next as WaitingCall;
      waiter.startedAt = now;
      waiter.admit();
    }
  }

  function leave(call: Call, end: CallEnd): undefined {
    const kept = call.kept(index) as number | WaitingCall;
    release(call.now(), typeof kept === 'number' ? kept : kept.startedAt, end);
  }

  const owner: QueueOwner = {
    leave: (waiter) => machine.leave(waiter),
    release: () => release(clock.now(), 0, 'unknown'),
    tooLong: () => refusal('queue-timeout'),
  };

  function wait(call: Call): Entry {
    // Refusing is what runs under overload: nothing is made for a call that finds no place to wait either.
    if (bounds.queue === 0 || !machine.hasRoom(callPriority(call))) return new Refusal(refusal('limit'));
    const waiter = new WaitingCall(call, owner, waitLimits);
    call.keep(index, waiter);
    const leaver = machine.enqueue(waiter) as WaitingCall | undefined;
    leaver?.refuse(refusal('limit'));
    return waiter.admission;
  }

  return layer({
    machine,
    enter(call) {
      if (machine.rejectsEarly) {
        if (machine.rejects(callPriority(call), call.now())) return new Refusal(refusal('rejected'));
      }
      if (!machine.tryAcquire()) return wait(call);
      call.keep(index, call.now());
      return undefined;
    },
    succeeded:
      isDroppedResult === undefined
        ? (call) => leave(call, 'succeeded')
        : (call, value) => leave(call, isDroppedResult(value) ? 'dropped' : 'succeeded'),
    failed(call, error) {
      if (isDropped?.(error) === true) return leave(call, 'dropped');
      return leave(call, isTimeout(error) ? 'timed-out' : 'unknown');
    },
    // A time limit further out was over: how long this call itself would have taken is not known.
    cancelled: (call, reason) => leave(call, isTimeout(reason, pipeline) ? 'dropped' : 'unknown'),
  });
}
