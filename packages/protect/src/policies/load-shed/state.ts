import { criticalityLevels } from '../../kernel/criticality.ts';
import { PriorityQueue, type Waiter } from '../../kernel/wait-queue.ts';
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
  readonly eventLoopUtilization: number | undefined;
  readonly heapShare: number | undefined;
}

/** Someone who waits in the shedder's queue. */
export interface ShedWaiter extends Waiter {
  /** When it began to wait. */
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
 *
 * Each level has a CoDel of its own: the more important ones hardly wait, and would hide how long the others do.
 */
export class LoadShedder {
  readonly #rules: ShedRules;
  readonly #pressure: Pressure | undefined;
  readonly #queue = new PriorityQueue(criticalityLevels.length);
  readonly #codels: readonly Codel[];
  #running = 0;
  /** Calls that were served without any wait: the queue was empty then. */
  #servedAtOnce = 0;

  constructor(rules: ShedRules, pressure?: Pressure) {
    this.#rules = rules;
    this.#pressure = pressure;
    this.#codels = criticalityLevels.map(() => new Codel(rules.targetMs, rules.intervalMs));
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Whether calls of some level wait so long, and without a break, that some are let go. */
  get overloaded(): boolean {
    return this.#queue.size > 0 && this.#codels.some(({ standing }) => standing);
  }

  /** What presses the process too hard for a call of this priority, if anything does. */
  pressed(priority: number): ShedReason | undefined {
    if (this.#pressure === undefined) return undefined;
    const { eventLoopDelayMs, eventLoopUtilization, heapShare } = this.#rules;
    const more = patience[priority]!;
    if (eventLoopDelayMs !== undefined && this.#pressure.eventLoopDelayMs > eventLoopDelayMs * more) {
      return 'event-loop-delay';
    }
    if (leavesTooLittle(this.#pressure.eventLoopUtilization, eventLoopUtilization, more)) {
      return 'event-loop-utilization';
    }
    return leavesTooLittle(this.#pressure.heapShare, heapShare, more) ? 'heap' : undefined;
  }

  /** Takes a place; false when none is free. */
  tryAcquire(): boolean {
    if (this.#running >= this.#rules.concurrency) return false;
    this.#running++;
    this.#servedAtOnce++;
    return true;
  }

  /** Whether a call of this priority would find a place in the queue, a free one or that of a less important call. */
  hasRoom(priority: number): boolean {
    return this.#queue.size < this.#rules.queue || this.#queue.victim({ priority }) !== undefined;
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
   * Gives a place back at `now`, which matters only while someone waits. Returns who has it now, if anybody waited.
   *
   * @param shed - hears of each one who is let go because of too long a wait
   */
  release(now: number, shed: (waiter: ShedWaiter) => void): ShedWaiter | undefined {
    for (;;) {
      const next = this.#queue.take() as ShedWaiter | undefined;
      if (next === undefined) {
        this.#running--;
        return undefined;
      }
      const { priority } = next;
      const tooLong = this.#codels[priority]!.shouldShed(now - next.since, now, this.#servedAtOnce);
      // The most critical wait as long as anybody may.
      if (!tooLong || priority === 0) return next;
      shed(next);
    }
  }

  /** Takes out a waiter who no longer waits. */
  leave(waiter: ShedWaiter): void {
    this.#queue.remove(waiter);
  }
}

/** The room left under the whole shrinks by a level's patience: with 0.8 the least important go at 80 %, others later. */
function leavesTooLittle(share: number, allowed: number | undefined, more: number): boolean {
  return allowed !== undefined && 1 - share < (1 - allowed) / more;
}
