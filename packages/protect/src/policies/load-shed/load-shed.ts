import { callPriority, criticalityLevels } from '../../kernel/criticality.ts';
import { type Duration, parseDuration } from '../../kernel/duration.ts';
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
import { fraction, knownKeys, wholeNumber } from '../../kernel/options.ts';
import { QueuedCall, type QueueOwner } from '../../kernel/queued-call.ts';
import { timeoutQueue } from '../../kernel/timeout-queues.ts';
import { LoadShedError, type ShedReason } from './errors.ts';
import { PressureSampler } from './pressure.ts';
import { LoadShedder, type ShedRules, type ShedWaiter } from './state.ts';

/** When a service lets work go that it could not do in time. */
export interface LoadShedOptions {
  /**
   * Calls in work at the same time, from 1: as many as really can be, such as the connections of a pool. It matters
   * more than all else here. Where nobody knows, `adaptiveLimit` finds out.
   */
  readonly concurrency: number;
  /** Calls that may wait. Default: 4 times the concurrency, and at least 16. */
  readonly queue?: number;
  /** A wait that is still fine; about the usual time of a call, and at least 5 ms. Default 20 ms. */
  readonly target?: Duration;
  /** How long waits may be longer than that, as in a burst, before calls are let go. Default 100 ms. */
  readonly interval?: Duration;
  /** The longest wait, also of a call that more important ones always pass by. Default: twice the interval. */
  readonly queueTimeout?: Duration;
  /** Lets SHEDDABLE calls go when the event loop is later than this, the other levels at 1.5, 2 and 4 times it. Default: not watched. */
  readonly eventLoopDelay?: Duration;
  /** Lets SHEDDABLE calls go when the event loop is busy for more than this fraction of the time, the other levels later. Default: not watched. */
  readonly eventLoopUtilization?: number;
  /** Lets SHEDDABLE calls go when more than this fraction of the heap is in use, the other levels later. Default: not watched. */
  readonly heap?: number;
}

/**
 * Keeps a service fast for those it serves by letting some calls go at once, the least critical first.
 *
 * For the way in to a service. A call's level is its option `criticality`: CRITICAL_PLUS, CRITICAL (default),
 * SHEDDABLE_PLUS or SHEDDABLE. docs/decisions/inbound-load-shedding.md tells why the defaults are what they are.
 *
 * @throws OptionsError
 * @example const inbound = pipeline('checkout', [loadShed({ concurrency: 50, eventLoopDelay: '100ms' })]);
 */
export function loadShed(options: LoadShedOptions): Policy<never, false, LoadShedder> {
  const rules = readRules(options);
  const queueTimeoutMs = parseDuration('queueTimeout', options.queueTimeout ?? 2 * rules.intervalMs, 1);
  return definePolicy('load-shed', (binding) => loadShedLayer(binding, rules, queueTimeoutMs));
}

function readRules(options: LoadShedOptions): ShedRules {
  knownKeys('loadShed', options, [
    'concurrency',
    'queue',
    'target',
    'interval',
    'queueTimeout',
    'eventLoopDelay',
    'eventLoopUtilization',
    'heap',
  ]);
  const concurrency = wholeNumber('concurrency', options.concurrency, 1);
  const { eventLoopDelay, eventLoopUtilization, heap } = options;
  return {
    concurrency,
    queue: wholeNumber('queue', options.queue ?? Math.max(16, 4 * concurrency), 0),
    targetMs: parseDuration('target', options.target ?? 20, 1),
    intervalMs: parseDuration('interval', options.interval ?? 100, 1),
    eventLoopDelayMs:
      eventLoopDelay === undefined ? undefined : parseDuration('eventLoopDelay', eventLoopDelay, 1),
    eventLoopUtilization:
      eventLoopUtilization === undefined ? undefined : fraction('eventLoopUtilization', eventLoopUtilization),
    heapShare: heap === undefined ? undefined : fraction('heap', heap),
  };
}

function loadShedLayer(binding: Binding, rules: ShedRules, queueTimeoutMs: number): Layer {
  const { emit, pipeline, runtime } = binding;
  const { events, clock } = runtime;
  const { eventLoopDelayMs, eventLoopUtilization, heapShare } = rules;
  const watched = (eventLoopDelayMs ?? eventLoopUtilization ?? heapShare) !== undefined;
  const pressure = watched ? new PressureSampler(runtime) : undefined;
  const machine = new LoadShedder(rules, pressure);
  const waitLimits = timeoutQueue(runtime, queueTimeoutMs);

  function refusal(because: ShedReason, priority: number): LoadShedError {
    if (events.active) emit('load-shed.rejected', { because, criticality: criticalityLevels[priority]! });
    return new LoadShedError(pipeline, because, rules.intervalMs);
  }

  const shed = (waiter: ShedWaiter) => (waiter as QueuedCall).refuse(refusal('queue-delay', waiter.priority));
  const release = (now: number) => (machine.release(now, shed) as QueuedCall | undefined)?.admit();

  const owner: QueueOwner = {
    leave: (waiter) => machine.leave(waiter),
    release: () => release(clock.now()),
    tooLong: (waiter) => refusal('queue-delay', waiter.priority),
  };

  function wait(call: Call): Entry {
    // Refusing is what runs under overload: nothing is made for a call that finds no place to wait either.
    const priority = callPriority(call);
    if (!machine.hasRoom(priority)) return new Refusal(refusal('concurrency', priority));
    const waiter = new QueuedCall(call, owner, waitLimits);
    const leaver = machine.enqueue(waiter) as QueuedCall | undefined;
    leaver?.refuse(refusal('concurrency', leaver.priority));
    return waiter.admission;
  }

  const leave = (call: Call): undefined => release(machine.waiting > 0 ? call.now() : 0) as undefined;

  return layer({
    machine,
    enter(call) {
      if (watched) {
        const priority = callPriority(call);
        const because = machine.pressed(priority);
        if (because !== undefined) return new Refusal(refusal(because, priority));
      }
      return machine.tryAcquire() ? undefined : wait(call);
    },
    succeeded: leave,
    failed: leave,
    cancelled: leave,
    close: () => pressure?.close(),
  });
}
