/**
 * The bulkhead as a synchronous state machine. A place that becomes free is handed to the next waiter at once, so
 * that nobody who comes later can slip in between.
 *
 * Source: M. Nygard, "Release It!", 2nd edition, chapter 5.
 */
import { ArrivalQueue, type Waiter, type WaitQueue } from '../../kernel/wait-queue.ts';

export class Bulkhead {
  readonly #concurrency: number;
  readonly #capacity: number;
  readonly #queue: WaitQueue;
  #running = 0;

  /**
   * @param concurrency - calls that may run at the same time
   * @param capacity - calls that may wait; default 0
   * @param queue - the order in which they are served; default: first come, first served
   */
  constructor(concurrency: number, capacity = 0, queue: WaitQueue = new ArrivalQueue()) {
    this.#concurrency = concurrency;
    this.#capacity = capacity;
    this.#queue = queue;
  }

  /** Calls that run. */
  get running(): number {
    return this.#running;
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Takes a place; false when none is free or others wait for one. */
  tryAcquire(): boolean {
    if (this.#running >= this.#concurrency) return false;
    this.#running++;
    return true;
  }

  /**
   * Takes a place in the queue. Returns who has to leave instead: nobody, someone who waited, or `waiter` itself.
   */
  enqueue(waiter: Waiter): Waiter | undefined {
    if (this.#queue.size < this.#capacity) {
      this.#queue.add(waiter);
      return undefined;
    }
    const victim = this.#capacity > 0 ? this.#queue.victim(waiter) : undefined;
    if (victim === undefined) return waiter;
    this.#queue.remove(victim);
    this.#queue.add(waiter);
    return victim;
  }

  /** Gives a place back. Returns the waiter who has it now, and must be let go on. */
  release(): Waiter | undefined {
    const next = this.#queue.take();
    if (next === undefined) this.#running--;
    return next;
  }

  /** Takes out a waiter who no longer waits. */
  leave(waiter: Waiter): void {
    this.#queue.remove(waiter);
  }
}
