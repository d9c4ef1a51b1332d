/**
 * Time limits for many calls on few native timers. Limits of the same length expire in the order in which they were
 * set, so each length needs one list and one timer, armed for the list's head: setting and clearing a limit is a few
 * pointer writes, however many calls wait. A timer is left armed when its list runs empty, since the next call is
 * likely near; it keeps the process alive only while a limit waits in it.
 */
import type { Clock } from './clock.ts';
import { type Linked, LinkedList } from './linked-list.ts';
import type { Runtime } from './runtime.ts';
import type { Timer, Timers } from './timers.ts';

/** The queue of a runtime for limits of `durationMs`. */
export function timeoutQueue(runtime: Runtime, durationMs: number): TimeoutQueue {
  const queues = runtime.shared(timeoutQueues);
  let queue = queues.get(durationMs);
  if (queue === undefined) queues.set(durationMs, (queue = new TimeoutQueue(durationMs, runtime)));
  return queue;
}

const timeoutQueues = (): Map<number, TimeoutQueue> => new Map();

/** Limits of one length, oldest first. */
export class TimeoutQueue {
  readonly #durationMs: number;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #expire = () => this.#expireDue();
  readonly #limits = new LinkedList<TimeLimit>();
  readonly #needed = () => this.#limits.size > 0;
  #timer: Timer | undefined;

  constructor(durationMs: number, { clock, timers }: Runtime) {
    this.#durationMs = durationMs;
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Calls `limit.expired()` once the duration has passed since `now`, unless it is removed before. */
  add(limit: TimeLimit, now: number): void {
    // A whole number of milliseconds is kept without an allocation, and is as fine as timers are.
    limit.at = Math.ceil(now + this.#durationMs);
    this.#limits.push(limit);
    if (this.#timer === undefined) this.#arm(this.#durationMs);
  }

  /** Forgets a limit; harmless when it is not queued. */
  remove(limit: TimeLimit): void {
    this.#limits.remove(limit);
  }

  #arm(delayMs: number): void {
    this.#timer = this.#timers.set(this.#expire, delayMs, this.#needed);
  }

  #expireDue(): void {
    const now = this.#clock.now();
    // A native timer may fire a hair early; half a millisecond is not worth another timer.
    let first = this.#limits.head;
    for (; first !== undefined && first.at <= now + 0.5; first = this.#limits.head) {
      this.remove(first);
      first.expired();
    }
    // Only now: a limit that was set by one that expired must not arm the timer for itself, past those before it.
    this.#timer = undefined;
    if (first !== undefined) this.#arm(Math.max(1, first.at - this.#clock.now()));
  }
}

/** A limit in a queue; a policy extends it with what it keeps for its call. */
export abstract class TimeLimit implements Linked {
  /** When it expires, on the clock. */
  at = 0;
  list: LinkedList<Linked> | undefined;
  previous: Linked | undefined;
  next: Linked | undefined;

  abstract expired(): void;
}
