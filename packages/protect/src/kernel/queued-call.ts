import { callPriority } from './criticality.ts';
import { Admission, type Call } from './layer.ts';
import { TimeLimit, type TimeoutQueue } from './timeout-queues.ts';
import type { Linked, LinkedList } from './linked-list.ts';
import type { Waiter } from './wait-queue.ts';

/** Whoever keeps calls waiting. */
export interface QueueOwner {
  /** The waiter gave up. */
  leave(waiter: QueuedCall): void;
  /** A place that was handed to the waiter is free again. */
  release(): void;
  /** The waiter waited as long as it may; returns the error that it gets. */
  tooLong(waiter: QueuedCall): unknown;
}

/** A call that waits for a place. */
export class QueuedCall implements Waiter {
  readonly priority: number;
  readonly tenant: string | undefined;
  /** When it began to wait, on the clock. */
  readonly since: number;
  list: LinkedList<Linked> | undefined;
  previous: Linked | undefined;
  next: Linked | undefined;
  /** Its place: waits until it has one, or is refused. */
  readonly admission: Admission;
  readonly #owner: QueueOwner;
  readonly #limits: TimeoutQueue | undefined;
  readonly #limit: WaitLimit | undefined;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;
  #admitted = false;

  /** @throws OptionsError when the call's criticality is none of the four */
  constructor(call: Call, owner: QueueOwner, limits?: TimeoutQueue) {
    this.priority = callPriority(call);
    this.tenant = call.options.tenant;
    this.since = call.now();
    this.#owner = owner;
    const ready = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.admission = new Admission(ready, () => this.#cancel());
    if (limits === undefined) return;
    this.#limits = limits;
    this.#limit = new WaitLimit(this);
    limits.add(this.#limit, this.since);
  }

  /** Lets the call go on; the place is its own now. */
  admit(): void {
    this.#end();
    this.#admitted = true;
    this.#resolve();
  }

  /** Ends the wait with an error. */
  refuse(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  tooLong(): void {
    this.#owner.leave(this);
    this.refuse(this.#owner.tooLong(this));
  }

  /** The call was interrupted. It may have been handed its place in the same instant: then it gives that back. */
  #cancel(): void {
    this.#end();
    if (this.#admitted) this.#owner.release();
    else this.#owner.leave(this);
  }

  #end(): void {
    if (this.#limit !== undefined) this.#limits?.remove(this.#limit);
  }
}

class WaitLimit extends TimeLimit {
  readonly #waiter: QueuedCall;

  constructor(waiter: QueuedCall) {
    super();
    this.#waiter = waiter;
  }

  expired(): void {
    this.#waiter.tooLong();
  }
}
