import { criticalityLevel, criticalityLevels } from '../../kernel/criticality.ts';
import { type Duration, parseDuration } from '../../kernel/duration.ts';
import { withoutStack } from '../../kernel/errors.ts';
import {
  type Admission,
  type Binding,
  type Layer,
  layer,
  type Policy,
  Refusal,
  type Call,
} from '../../kernel/layer.ts';
import { fraction, knownKeys, wholeNumber } from '../../kernel/options.ts';
import { QueuedCall, type QueueOwner } from '../../kernel/queued-call.ts';
import { LoadShedError, type ShedReason } from './errors.ts';
import { PressureSampler } from './pressure.ts';
import { LoadShedder, type ShedRules } from './state.ts';

/** When a service lets work go that it could not do in time. */
export interface LoadShedOptions {
  /** Calls in work at the same time, from 1. */
  readonly concurrency: number;
  /** Calls that may wait. Default: 4 times the concurrency. */
  readonly queue?: number;
  /** A wait that is still fine; about the usual time of a call, and at least 5 ms. Default 20 ms. */
  readonly target?: Duration;
  /** How long waits may be longer than that, as in a burst, before calls are let go. Default 100 ms. */
  readonly interval?: Duration;
  /** Lets SHEDDABLE calls go when the event loop is later than this, and the other levels at 1.5, 2 and 4 times it. Default: not watched. */
  readonly eventLoopDelay?: Duration;
  /** Lets SHEDDABLE calls go when more than this fraction of the heap is in use, the other levels later. Default: not watched. */
  readonly heap?: number;
}

/**
 * Keeps a service fast for those it serves by letting some calls go at once, the least critical first.
 *
 * For the way in to a service. A call's level is its option `criticality`: CRITICAL_PLUS, CRITICAL (default),
 * SHEDDABLE_PLUS or SHEDDABLE.
 *
 * @throws OptionsError
 * @example const inbound = pipeline('checkout', [loadShed({ concurrency: 50, eventLoopDelay: '100ms' })]);
 */
export function loadShed(options: LoadShedOptions): Policy<never, false, LoadShedder> {
  knownKeys('loadShed', options, ['concurrency', 'queue', 'target', 'interval', 'eventLoopDelay', 'heap']);
  const concurrency = wholeNumber('concurrency', options.concurrency, 1);
  const { eventLoopDelay, heap } = options;
  const rules: ShedRules = {
    concurrency,
    queue: wholeNumber('queue', options.queue ?? 4 * concurrency, 0),
    targetMs: parseDuration('target', options.target ?? 20, 1),
    intervalMs: parseDuration('interval', options.interval ?? 100, 1),
    eventLoopDelayMs:
      eventLoopDelay === undefined ? undefined : parseDuration('eventLoopDelay', eventLoopDelay, 1),
    heapShare: heap === undefined ? undefined : fraction('heap', heap),
  };
  return Object.freeze({
    name: 'load-shed',
    repeats: false,
    bind: (binding) => loadShedLayer(binding, rules),
  } satisfies Policy<never, false, LoadShedder>);
}

function loadShedLayer(binding: Binding, rules: ShedRules): Layer {
  const { pipeline, runtime } = binding;
  const { events, clock } = runtime;
  const watched = rules.eventLoopDelayMs !== undefined || rules.heapShare !== undefined;
  const pressure = watched ? new PressureSampler(runtime) : undefined;
  const machine = new LoadShedder(rules, pressure);

  function refusal(because: ShedReason, priority: number): LoadShedError {
    if (events.active) {
      const criticality = criticalityLevels[priority]!;
      events.emit({ type: 'load-shed.rejected', at: clock.now(), pipeline, because, criticality });
    }
    return withoutStack(() => new LoadShedError(pipeline, because, rules.intervalMs));
  }

  function release(): void {
    const { next, shed } = machine.release(clock.now());
    for (const waiter of shed) (waiter as QueuedCall).refuse(refusal('queue-delay', waiter.priority));
    (next as QueuedCall | undefined)?.admit();
  }

  const owner: QueueOwner = {
    leave: (waiter) => machine.leave(waiter),
    release,
    tooLong: (waiter) => refusal('queue-delay', waiter.priority),
  };

  function wait(call: Call): Admission {
    const waiter = new QueuedCall(call, owner);
    const leaver = machine.enqueue(waiter);
    if (leaver !== undefined) (leaver as QueuedCall).refuse(refusal('concurrency', leaver.priority));
    return waiter.admission;
  }

  const leave = (): undefined => release() as undefined;

  return layer({
    name: 'load-shed',
    machine,
    enter(call) {
      if (watched) {
        const priority = criticalityLevel(call.options.criticality ?? call.ambient?.criticality);
        const because = machine.pressed(priority);
        if (because !== undefined) return new Refusal(refusal(because, priority));
      }
      return machine.tryAcquire(call.now()) ? undefined : wait(call);
    },
    succeeded: leave,
    failed: leave,
    cancelled: leave,
    close: () => pressure?.close(),
  });
}
