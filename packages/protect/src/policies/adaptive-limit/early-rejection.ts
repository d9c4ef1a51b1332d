import { criticalityLevels } from '../../kernel/criticality.ts';
import type { Random } from '../../kernel/random.ts';
import type { Pid } from './pid.ts';

/** How many calls may run, run and wait. */
export interface Occupancy {
  readonly limit: number;
  readonly running: number;
  readonly waiting: number;
}

/**
 * Refuses calls at the door, the least important first, so that demand and what is served stay level and nobody waits
 * in vain. How great a share is for a PID controller to say: its error is by how much more came in than went out, less
 * the places that were free.
 *
 * Source: Uber's Cinnamon load shedder, 2023.
 */
export class EarlyRejection {
  readonly #pid: Pid;
  readonly #intervalMs: number;
  readonly #random: Random;
  /** Calls that came in this interval, by priority; and the chance of each priority to be refused. */
  readonly #came = criticalityLevels.map(() => 0);
  readonly #refused = criticalityLevels.map(() => 0);
  #endsAt = Number.NEGATIVE_INFINITY;
  #passed = 0;
  #served = 0;
  /** Sum over the arrivals of how many calls they found running: their mean is that over time. */
  #running = 0;
  #share = 0;

  constructor(pid: Pid, intervalMs: number, random: Random) {
    this.#pid = pid;
    this.#intervalMs = intervalMs;
    this.#random = random;
  }

  /** The share of calls that is refused now. */
  get share(): number {
    return this.#share;
  }

  /** Hears that a call was served. */
  served(): void {
    this.#served++;
  }

  /** Decides on a call that comes at `now`. */
  rejects(priority: number, now: number, { limit, running, waiting }: Occupancy): boolean {
    if (now >= this.#endsAt) this.#endInterval(now, limit, waiting);
    this.#came[priority]!++;
    this.#running += running;
    const chance = this.#refused[priority]!;
    if (chance > 0 && this.#random() < chance) return true;
    this.#passed++;
    return false;
  }

  #endInterval(now: number, limit: number, waiting: number): void {
    const came = this.#came.reduce((sum, calls) => sum + calls, 0);
    // After an idle time the last interval says nothing about now.
    if (now >= this.#endsAt + this.#intervalMs || came === 0) this.#share = this.#pid.reset();
    else {
      // By Little's law the same calls at full occupancy would have been served so many times.
      const servable = (this.#served * limit) / Math.max(0.5, this.#running / came);
      this.#share = this.#pid.step((this.#passed + waiting - servable) / came, this.#intervalMs / 1_000);
    }
    this.#spread(came);
    this.#endsAt = now + this.#intervalMs;
    this.#passed = this.#served = this.#running = 0;
    this.#came.fill(0);
  }

  /** Spreads the share over the priorities: the least important are refused wholly before the next is touched. */
  #spread(came: number): void {
    let toRefuse = this.#share * came;
    for (let priority = this.#came.length - 1; priority >= 0; priority--) {
      const calls = this.#came[priority]!;
      this.#refused[priority] = calls === 0 ? Number(toRefuse > 0) : Math.min(1, toRefuse / calls);
      toRefuse = Math.max(0, toRefuse - calls);
    }
  }
}
