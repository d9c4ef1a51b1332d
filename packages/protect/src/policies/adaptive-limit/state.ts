import { criticalityLevels } from '../../kernel/criticality.ts';
import { PriorityQueue, type Waiter } from '../../kernel/wait-queue.ts';
import type { LimitAlgorithm } from './algorithm.ts';
import type { EarlyRejection } from './early-rejection.ts';
import { SampleWindow } from './sample-window.ts';

/** The bounds of a limit. */
export interface LimitBounds {
  /** The limit to begin with. */
  readonly initial: number;
  readonly least: number;
  readonly most: number;
  /** Calls that may wait. */
  readonly queue: number;
}

/**
 * What the end of a call says about the limit. `succeeded`: how long it took. `timed-out`: that, and that it was too
 * long. `dropped`: that there are too many calls, and not by how much. `unknown`: nothing.
 */
export type CallEnd = 'succeeded' | 'timed-out' | 'dropped' | 'unknown';

/**
 * A limit on concurrency that learns, as a synchronous state machine.
 *
 * A place that becomes free is handed to the most critical waiter at once; with {@link next} several have a place when
 * the limit has grown.
 */
export class AdaptiveLimiter {
  readonly #bounds: LimitBounds;
  readonly #algorithm: LimitAlgorithm;
  readonly #early: EarlyRejection | undefined;
  readonly #onChange: ((limit: number, from: number) => void) | undefined;
  readonly #window: SampleWindow;
  readonly #queue = new PriorityQueue(criticalityLevels.length);
  #exact: number;
  #limit: number;
  #running = 0;

  constructor(
    bounds: LimitBounds,
    algorithm: LimitAlgorithm,
    early?: EarlyRejection,
    onChange?: (limit: number, from: number) => void,
  ) {
    this.#bounds = bounds;
    this.#algorithm = algorithm;
    this.#early = early;
    this.#onChange = onChange;
    this.#window = new SampleWindow(algorithm);
    this.#exact = this.#within(algorithm.begin?.(bounds.initial) ?? bounds.initial);
    this.#limit = Math.floor(this.#exact);
  }

  /** Calls that may be under way now. */
  get limit(): number {
    return this.#limit;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** The share of calls refused early, from 0 to 1; only with the algorithm `pid`. */
  get rejectedShare(): number {
    return this.#early?.share ?? 0;
  }

  /** Whether calls may be refused early, so that {@link rejects} has to be asked. */
  get rejectsEarly(): boolean {
    return this.#early !== undefined;
  }

  /** Whether a call of this priority is to be refused at once, whatever places there are. */
  rejects(priority: number, now: number): boolean {
    return this.#early !== undefined && this.#early.rejects(priority, now, this);
  }

  /** Takes a place; false when none is free. */
  tryAcquire(): boolean {
    if (this.#running >= this.#limit) return false;
    this.#running++;
    this.#window.sawInFlight(this.#running);
    return true;
  }

  /** Whether a call of this priority would find a place in the queue, a free one or that of a less important call. */
  hasRoom(priority: number): boolean {
    const { queue } = this.#bounds;
    return this.#queue.size < queue || (queue > 0 && this.#queue.victim({ priority }) !== undefined);
  }

  /** Takes a place in the queue. Returns who has to leave instead: nobody, a less important one, or `waiter` itself. */
  enqueue(waiter: Waiter): Waiter | undefined {
    if (this.#queue.size < this.#bounds.queue) {
      this.#queue.add(waiter);
      return undefined;
    }
    const victim = this.#bounds.queue > 0 ? this.#queue.victim(waiter) : undefined;
    if (victim === undefined) return waiter;
    this.#queue.remove(victim);
    this.#queue.add(waiter);
    return victim;
  }

  /** Takes out a waiter who no longer waits. */
  leave(waiter: Waiter): void {
    this.#queue.remove(waiter);
  }

  /** Gives the place back of a call that began at `startedAt` and ended at `now`. */
  release(now: number, startedAt: number, end: CallEnd): void {
    this.#running--;
    this.#early?.served();
    if (end === 'unknown' || startedAt < this.#algorithm.since) return;
    const measured = end === 'succeeded' || end === 'timed-out';
    const sample = this.#window.add(now, measured ? now - startedAt : undefined, end !== 'succeeded');
    if (sample === undefined) return;
    // Drops only, and the time of no call: there is nothing to compare, and it is known that there are too many.
    this.#change(sample.meanMs === 0 ? this.#exact * 0.9 : this.#algorithm.next(this.#exact, sample));
    this.#window.restart(now, this.#running);
  }

  /** Who has a place now and must be let go on; to be asked after {@link release} until there is nobody. */
  next(): Waiter | undefined {
    if (this.#running >= this.#limit) return undefined;
    const waiter = this.#queue.take();
    if (waiter !== undefined) this.tryAcquire();
    return waiter;
  }

  #change(to: number): void {
    this.#exact = this.#within(to);
    const from = this.#limit;
    this.#limit = Math.floor(this.#exact);
    if (this.#limit !== from) this.#onChange?.(this.#limit, from);
  }

  #within(limit: number): number {
    return Math.min(this.#bounds.most, Math.max(this.#bounds.least, limit));
  }
}
