import { PriorityQueue, type Waiter } from '../../kernel/wait-queue.ts';
import { criticalityLevels } from '../../kernel/criticality.ts';
import { Codel } from './codel.ts';
import type { ShedReason } from './errors.ts';
import type { Pressure } from './pressure.ts';

/** The rules of a load shedder, checked and in milliseconds. */
export interface ShedRules {
  readonly concurrency: number;
  readonly queue: number;
  readonly targetMs: number;
  readonly intervalMs: number;
  readonly eventLoopDelayMs: number | undefined;
  readonly heapShare: number | undefined;
}

/** Someone who waits in the shedder's queue. */
export interface ShedWaiter extends Waiter {
  readonly since: number;
}

/**
 * How much more pressure each level stands than the least important one, most important first: under growing
 * pressure the levels go one after the other.
 */
const patience: readonly number[] = [4, 2, 1.5, 1];

/**
 * The load shedder as a synchronous state machine: places in work, a short queue ordered by criticality and watched by
 * CoDel, and a look at the process itself.
 */
export class LoadShedder {
  readonly #rules: ShedRules;
  readonly #pressure: Pressure | undefined;
  readonly #queue = new PriorityQueue(criticalityLevels.length);
  readonly #codel: Codel;
  #running = 0;

  constructor(rules: ShedRules, pressure?: Pressure) {
    this.#rules = rules;
    this.#pressure = pressure;
    this.#codel = new Codel(rules.targetMs, rules.intervalMs);
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Whether calls wait so long, and without a break, that some are let go. */
  get overloaded(): boolean {
    return this.#codel.standing;
  }

  /** What presses the process too hard for a call of this priority, if anything does. */
  pressed(priority: number): ShedReason | undefined {
    if (this.#pressure === undefined) return undefined;
    const { eventLoopDelayMs, heapShare } = this.#rules;
    if (
      eventLoopDelayMs !== undefined &&
      this.#pressure.eventLoopDelayMs > eventLoopDelayMs * patience[priority]!
    ) {
      return 'event-loop-delay';
    }
    // The room left under the heap's limit shrinks by the level's patience: 0.8 lets the least important go at 80 %.
    if (heapShare !== undefined && 1 - this.#pressure.heapShare < (1 - heapShare) / patience[priority]!)
      return 'heap';
    return undefined;
  }

  /** Takes a place; false when none is free. */
  tryAcquire(now: number): boolean {
    if (this.#running >= this.#rules.concurrency) return false;
    this.#running++;
    // Someone was served without a wait: the queue does not stand.
    this.#codel.shouldShed(0, now);
    return true;
  }

  /** Takes a place in the queue. Returns who has to leave instead: nobody, a less important one, or `waiter`. */
  enqueue(waiter: ShedWaiter): ShedWaiter | undefined {
    if (this.#queue.size < this.#rules.queue) {
      this.#queue.add(waiter);
      return undefined;
    }
    const victim = this.#queue.victim(waiter);
    if (victim === undefined) return waiter;
    this.#queue.remove(victim);
    this.#queue.add(waiter);
    return victim as ShedWaiter;
  }

  /**
   * Gives a place back at `now`. Returns who has it now, if someone waited, and who is let go because of too long a
   * wait.
   */
  release(now: number): { readonly next: ShedWaiter | undefined; readonly shed: readonly ShedWaiter[] } {
    const shed: ShedWaiter[] = [];
    for (;;) {
      const next = this.#queue.take() as ShedWaiter | undefined;
      if (next === undefined) {
        this.#running--;
        return { next: undefined, shed };
      }
      // The most critical waits as long as its own limits let it.
      if (!this.#codel.shouldShed(now - next.since, now) || next.priority === 0) return { next, shed };
      shed.push(next);
    }
  }

  leave(waiter: ShedWaiter): void {
    this.#queue.remove(waiter);
  }
}
