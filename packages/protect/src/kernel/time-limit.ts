import { type Binding, type Call, type Layer, layer } from './layer.ts';
import { TimeLimit, timeoutQueue } from './timeout-queues.ts';

/**
 * A layer that gives everything within it a limited time. At the limit the call goes on without the work: what is
 * within is cancelled, and a promise that ignores its signal is abandoned.
 *
 * @param ambient - whether calls made by the work take the limit over
 * @param expired - called at the limit: says so as an event, and makes the error
 */
export function timeLimitLayer(
  { index, runtime }: Binding,
  durationMs: number,
  ambient: boolean,
  expired: () => unknown,
): Layer {
  const queue = timeoutQueue(runtime, durationMs);

  const end = (call: Call): undefined => {
    const limit = call.kept(index) as CallLimit;
    queue.remove(limit);
    call.limit = limit.outer;
  };

  return layer({
    interrupts: true,
    ambient,
    enter(call) {
      const limit = new CallLimit(call, index, expired);
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
  readonly makeError: () => unknown;
  /** The call's limit outside of this one. */
  readonly outer: number | undefined;

  constructor(call: Call, index: number, makeError: () => unknown) {
    super();
    this.call = call;
    this.index = index;
    this.makeError = makeError;
    this.outer = call.limit;
  }

  expired(): void {
    this.call.interrupt(this.index, this.makeError());
  }
}
