import { type Binding, type Layer, layer, type Call } from './layer.ts';
import { TimeLimit } from './timeout-queues.ts';

/** What a layer that limits time needs to know. */
export interface TimeLimitSteps {
  readonly name: string;
  readonly durationMs: number;
  /** Whether calls made by the work take the limit over. */
  readonly ambient: boolean;
  /** Told at the expiry: makes the error, and says so as an event. */
  expired(): unknown;
}

/**
 * A layer that gives everything within it a limited time. At the limit the call goes on without the work: what is
 * within is cancelled, and a promise that ignores its signal is abandoned.
 */
export function timeLimitLayer(binding: Binding, steps: TimeLimitSteps): Layer {
  const { index, runtime } = binding;
  const { durationMs } = steps;
  const queue = runtime.timeouts.queue(durationMs);

  const end = (call: Call): undefined => {
    const limit = call.kept(index) as CallLimit;
    queue.remove(limit);
    call.limit = limit.outer;
  };

  return layer({
    name: steps.name,
    interrupts: true,
    ambient: steps.ambient,
    enter(call) {
      const limit = new CallLimit(call, index, steps);
      call.keep(index, limit);
      queue.add(limit, call.now());
      if (call.limit === undefined || limit.at < call.limit) call.limit = limit.at;
      return undefined;
    },
    succeeded: end,
    failed: end,
    cancelled: end,
  });
}

class CallLimit extends TimeLimit {
  readonly call: Call;
  readonly index: number;
  readonly steps: TimeLimitSteps;
  /** The call's limit outside of this one. */
  readonly outer: number | undefined;

  constructor(call: Call, index: number, steps: TimeLimitSteps) {
    super();
    this.call = call;
    this.index = index;
    this.steps = steps;
    this.outer = call.limit;
  }

  expired(): void {
    this.call.interrupt(this.index, this.steps.expired());
  }
}
