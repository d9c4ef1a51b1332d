/**
 * Who waits, and who is next. Each queue adds, takes and removes in O(1), or in the number of priorities.
 */
import { type Linked, LinkedList } from './linked-list.ts';

/** Someone in a queue. */
export interface Waiter extends Linked {
  /** 0 is the most important. */
  readonly priority: number;
  readonly tenant: string | undefined;
}

/** An order in which waiters are served. */
export interface WaitQueue {
  readonly size: number;
  add(waiter: Waiter): void;
  /** Takes out who is next. */
  take(): Waiter | undefined;
  /** Takes out one who no longer waits. */
  remove(waiter: Waiter): void;
  /** Who should make way for a newcomer when the queue is full; `undefined` when the newcomer itself should. */
  victim(newcomer: Waiter): Waiter | undefined;
}

/**
 * First come, first served; with a `lifoAbove`, once more than that many wait, the newest first: under lasting overload
 * those who came last still have someone waiting for their answer, and a full queue lets its oldest go.
 *
 * Source: B. Maurer, "Fail at Scale", ACM Queue, 2015.
 */
export class ArrivalQueue extends LinkedList<Waiter> implements WaitQueue {
  readonly #lifoAbove: number;

  constructor(lifoAbove: number = Infinity) {
    super();
    this.#lifoAbove = lifoAbove;
  }

  add(waiter: Waiter): void {
    this.push(waiter);
  }

  take(): Waiter | undefined {
    return this.size > this.#lifoAbove ? this.pop() : this.shift();
  }

  victim(): Waiter | undefined {
    return this.#lifoAbove < Infinity ? this.head : undefined;
  }
}

/** The most important first, in each priority first come, first served. A full queue lets its least important go. */
export class PriorityQueue implements WaitQueue {
  readonly #lists: readonly LinkedList<Waiter>[];
  size = 0;

  constructor(priorities: number) {
    this.#lists = Array.from({ length: priorities }, () => new LinkedList());
  }

  add(waiter: Waiter): void {
    this.#lists[waiter.priority]!.push(waiter);
    this.size++;
  }

  take(): Waiter | undefined {
    for (const list of this.#lists) {
      const waiter = list.shift();
      if (waiter !== undefined) {
        this.size--;
        return waiter;
      }
    }
    return undefined;
  }

  remove(waiter: Waiter): void {
    if (waiter.list === undefined) return;
    waiter.list.remove(waiter);
    this.size--;
  }

  victim(newcomer: Pick<Waiter, 'priority'>): Waiter | undefined {
    for (let priority = this.#lists.length - 1; priority > newcomer.priority; priority--) {
      const { tail } = this.#lists[priority]!;
      if (tail !== undefined) return tail;
    }
    return undefined;
  }
}

/**
 * A fair share for each tenant: every round a tenant with weight w is served w times. One that floods the queue waits
 * behind itself. A full queue lets the newest of the tenant go that takes the most of it.
 *
 * Source: weighted round robin, the unit-cost case of M. Shreedhar and G. Varghese, "Efficient Fair Queuing using
 * Deficit Round Robin", SIGCOMM 1995.
 */
export class FairQueue implements WaitQueue {
  readonly #weightOf: (tenant: string) => number;
  /** Tenants with waiters, in the order of their turns. */
  readonly #lists = new Map<string, TenantList>();
  #turnsLeft = 0;
  size = 0;

  constructor(weightOf: (tenant: string) => number) {
    this.#weightOf = weightOf;
  }

  add(waiter: Waiter): void {
    const tenant = tenantOf(waiter);
    let list = this.#lists.get(tenant);
    if (list === undefined) {
      // Asked here, where an error of the user's function is that of the call itself.
      list = new TenantList(this.#weightOf(tenant));
      this.#lists.set(tenant, list);
    }
    list.push(waiter);
    this.size++;
  }

  take(): Waiter | undefined {
    for (const [tenant, list] of this.#lists) {
      if (this.#turnsLeft <= 0) this.#turnsLeft = list.weight;
      this.#turnsLeft--;
      const waiter = list.head!;
      this.remove(waiter);
      if (list.size > 0 && this.#turnsLeft <= 0) {
        this.#lists.delete(tenant);
        this.#lists.set(tenant, list);
      }
      return waiter;
    }
    return undefined;
  }

  remove(waiter: Waiter): void {
    const { list } = waiter;
    if (list === undefined) return;
    list.remove(waiter);
    this.size--;
    if (list.size > 0) return;
    const tenant = tenantOf(waiter);
    if (this.#lists.keys().next().value === tenant) this.#turnsLeft = 0;
    this.#lists.delete(tenant);
  }

  victim(newcomer: Waiter): Waiter | undefined {
    const own = this.#lists.get(tenantOf(newcomer));
    let largest = own;
    for (const list of this.#lists.values()) if (list.size > (largest?.size ?? 0)) largest = list;
    return largest !== own && largest!.size > (own?.size ?? 0) + 1 ? largest!.tail : undefined;
  }
}

class TenantList extends LinkedList<Waiter> {
  /** Turns a round; not even NaN is below 1. */
  readonly weight: number;

  constructor(weight: number) {
    super();
    this.weight = weight > 1 ? weight : 1;
  }
}

function tenantOf({ tenant }: Waiter): string {
  return tenant ?? '';
}
