import { criticalityLevels } from '../../kernel/criticality.ts';
import { type Duration, parseDuration } from '../../kernel/duration.ts';
import {
  type Admission,
  type Binding,
  type Call,
  definePolicy,
  type Layer,
  layer,
  type Policy,
  Refusal,
} from '../../kernel/layer.ts';
import { knownKeys, oneOf, wholeNumber } from '../../kernel/options.ts';
import { QueuedCall, type QueueOwner } from '../../kernel/queued-call.ts';
import { timeoutQueue } from '../../kernel/timeout-queues.ts';
import { ArrivalQueue, FairQueue, PriorityQueue, type WaitQueue } from '../../kernel/wait-queue.ts';
import { BulkheadFullError } from './errors.ts';
import { Bulkhead } from './state.ts';

/** How many calls may run, and who waits how. */
export interface BulkheadOptions {
  /** Calls that may run at the same time, from 1. */
  readonly concurrency: number;
  /** Calls that may wait for a place. Default 0. */
  readonly queue?: number;
  /** The longest wait. Default: no limit but the call's own. */
  readonly queueTimeout?: Duration;
  /**
   * Who is served first. `fifo` (default): who came first. `adaptive-lifo`: who came last, once the queue is more than
   * half full. `priority`: the most critical, by the call's `criticality`. `fair`: each tenant in turn, by the
   * call's `tenant`.
   */
  readonly order?: 'fifo' | 'adaptive-lifo' | 'priority' | 'fair';
  /** For `fair`: how many turns a tenant has a round, asked when it begins to wait. At least 1. Default 1. */
  readonly weight?: (tenant: string) => number;
  /**
   * What becomes of the place of a call that was given up while its work still runs. `release` (default): it is free
   * at once, so more work than `concurrency` may run. `hold`: it stays taken until the work really ends.
   */
  readonly abandoned?: 'release' | 'hold';
}

/**
 * Limits how many calls run at the same time, so that one slow dependency cannot take everything.
 *
 * @throws OptionsError
 * @example bulkhead({ concurrency: 20, queue: 40, queueTimeout: '1s' })
 */
export function bulkhead(options: BulkheadOptions): Policy<never, false, Bulkhead> {
  knownKeys('bulkhead', options, ['concurrency', 'queue', 'queueTimeout', 'order', 'weight', 'abandoned']);
  const setup: BulkheadSetup = {
    concurrency: wholeNumber('concurrency', options.concurrency, 1),
    capacity: wholeNumber('queue', options.queue ?? 0, 0),
    queueTimeoutMs:
      options.queueTimeout === undefined ? undefined : parseDuration('queueTimeout', options.queueTimeout, 1),
    order: oneOf('order', options.order ?? 'fifo', ['fifo', 'adaptive-lifo', 'priority', 'fair']),
    weight: options.weight ?? (() => 1),
    hold: oneOf('abandoned', options.abandoned ?? 'release', ['release', 'hold']) === 'hold',
  };
  return definePolicy('bulkhead', (binding) => bulkheadLayer(binding, setup));
}

interface BulkheadSetup {
  readonly concurrency: number;
  readonly capacity: number;
  readonly queueTimeoutMs: number | undefined;
  readonly order: NonNullable<BulkheadOptions['order']>;
  readonly weight: (tenant: string) => number;
  readonly hold: boolean;
}

function bulkheadLayer(binding: Binding, setup: BulkheadSetup): Layer {
  const { emit, index, pipeline, runtime } = binding;
  const { events } = runtime;
  const machine = new Bulkhead(setup.concurrency, setup.capacity, queueOf(setup));
  // Whether a newcomer may take the place of one who waits.
  const evicts = setup.order !== 'fifo' && setup.capacity > 0;
  const limits = setup.queueTimeoutMs === undefined ? undefined : timeoutQueue(runtime, setup.queueTimeoutMs);

  function refusal(because: 'full' | 'queue-timeout'): BulkheadFullError {
    const { running, waiting } = machine;
    if (events.active) emit('bulkhead.rejected', { because, running, waiting });
    return new BulkheadFullError(pipeline, because, running, waiting);
  }

  const release = () => {
    (machine.release() as QueuedCall | undefined)?.admit();
  };
  const owner: QueueOwner = {
    leave: (waiter) => machine.leave(waiter),
    release,
    tooLong: () => refusal('queue-timeout'),
  };

  function wait(call: Call): Admission | Refusal {
    // Refusing is what runs under overload: nothing is made for a call that finds no place to wait either.
    if (!evicts && machine.waiting >= setup.capacity) return new Refusal(refusal('full'));
    const waiter = new QueuedCall(call, owner, limits);
    const leaver = machine.enqueue(waiter) as QueuedCall | undefined;
    leaver?.refuse(refusal('full'));
    if (leaver !== waiter && events.active) emit('bulkhead.queued', { waiting: machine.waiting });
    return waiter.admission;
  }

  /** Gives a place back once nothing runs on in it. What was abandoned before the call came in is no concern of it. */
  const releaseWhenEmpty = (call: Call) => {
    const running = call.abandoned.slice(call.kept(index) as number);
    if (running.length > 0) void Promise.allSettled(running).then(release);
    else release();
  };

  const leave = (call: Call): undefined => {
    if (setup.hold) releaseWhenEmpty(call);
    else release();
  };

  return layer({
    machine,
    // A place may be held for work that outlives its call.
    atRest: () => machine.running === 0,
    enter(call) {
      if (setup.hold) call.keep(index, call.abandoned.length);
      return machine.tryAcquire() ? undefined : wait(call);
    },
    succeeded: leave,
    failed: leave,
    cancelled: leave,
  });
}

function queueOf({ order, capacity, weight }: BulkheadSetup): WaitQueue {
  if (order === 'adaptive-lifo') return new ArrivalQueue(capacity / 2);
  if (order === 'priority') return new PriorityQueue(criticalityLevels.length);
  if (order === 'fair') return new FairQueue(weight);
  return new ArrivalQueue();
}
