/**
 * Which intent may be sent next, from what a look at the store found. No time, no store: a plain data structure.
 *
 * Intents with one ordering key stand in a lane, and only the first of them may be sent. An intent without one has a
 * lane of its own.
 */

/** An intent, as far as the order of sending has to know it. */
export interface Planned {
  /** Of its record in the store. */
  readonly key: string;
  readonly order: number;
  readonly orderingKey: string | undefined;
  /** When there is something to do, on the runtime's clock; `Infinity` while another has it. */
  dueAt: number;
  dead: boolean;
  /** Whether its time is over: then it is given up, whosever turn it is. */
  readonly expired: boolean;
}

/** What a dead intent does to those behind it in its lane. */
export type WhenDead = 'halt' | 'skip';

export class Plan {
  readonly #whenDead: WhenDead;
  readonly #lanes = new Map<string, Planned[]>();
  readonly #laneOf = new Map<string, Planned[]>();
  /** What is in one of the two lists, or was taken from them and not put back. */
  readonly #offered = new Set<string>();
  readonly #ready: Planned[] = [];
  /** Not due yet, in the order of their times. */
  readonly #later: Planned[] = [];

  /** @param found - every intent in the store, in any order */
  constructor(found: readonly Planned[], whenDead: WhenDead, now: number) {
    this.#whenDead = whenDead;
    const inOrder = found.toSorted((a, b) => a.order - b.order);
    for (const planned of inOrder) {
      const lane = this.#laneFor(planned);
      lane.push(planned);
      this.#laneOf.set(planned.key, lane);
    }
    for (const planned of inOrder) {
      if (planned.expired || this.#isFirst(planned)) this.#offer(planned, now);
    }
  }

  /** The next intent to do something about, which is no longer offered then. */
  take(now: number): Planned | undefined {
    for (;;) {
      const due = this.#later[0];
      if (due !== undefined && due.dueAt <= now) this.#ready.push(this.#later.shift()!);
      else return this.#ready.shift();
    }
  }

  /** When the next intent is due; `Infinity` when there is none to wait for. */
  get nextDueAt(): number {
    if (this.#ready.length > 0) return -Infinity;
    return this.#later[0]?.dueAt ?? Infinity;
  }

  /** An intent is no more: the next of its lane has its turn. */
  gone(key: string, now: number): void {
    const lane = this.#laneOf.get(key);
    if (lane === undefined) return;
    this.#laneOf.delete(key);
    this.#offered.delete(key);
    const at = lane.findIndex((planned) => planned.key === key);
    const wasFirst = this.#first(lane) === lane[at];
    const [{ orderingKey }] = lane.splice(at, 1) as [Planned];
    if (lane.length === 0 && orderingKey !== undefined) this.#lanes.delete(orderingKey);
    if (wasFirst) this.#offerFirst(lane, now);
  }

  /** An intent was given up; whether the next has its turn is for `whenDead` to say. */
  died(key: string, now: number): void {
    const lane = this.#laneOf.get(key);
    const planned = lane?.find((each) => each.key === key);
    if (lane === undefined || planned === undefined || planned.dead) return;
    const wasFirst = this.#first(lane) === planned;
    planned.dead = true;
    if (wasFirst) this.#offerFirst(lane, now);
  }

  /** An intent that was taken has its turn again at `dueAt`. */
  again(key: string, dueAt: number, now: number): void {
    const planned = this.#laneOf.get(key)?.find((each) => each.key === key);
    if (planned === undefined) return;
    planned.dueAt = dueAt;
    this.#offered.delete(key);
    // One ahead of it may have come back from the dead meanwhile.
    this.#offerFirst(this.#laneOf.get(key)!, now);
  }

  #laneFor({ orderingKey }: Planned): Planned[] {
    if (orderingKey === undefined) return [];
    let lane = this.#lanes.get(orderingKey);
    if (lane === undefined) {
      lane = [];
      this.#lanes.set(orderingKey, lane);
    }
    return lane;
  }

  #isFirst(planned: Planned): boolean {
    return this.#first(this.#laneOf.get(planned.key)!) === planned;
  }

  /** Whose turn it is in a lane: nobody's as long as one is under way elsewhere. */
  #first(lane: readonly Planned[]): Planned | undefined {
    const underWay = lane.find(({ dead, dueAt }) => !dead && dueAt === Infinity);
    if (underWay !== undefined) return underWay;
    const first = this.#whenDead === 'skip' ? lane.find(({ dead }) => !dead) : lane[0];
    return first?.dead ? undefined : first;
  }

  #offerFirst(lane: readonly Planned[], now: number): void {
    const first = this.#first(lane);
    if (first !== undefined) this.#offer(first, now);
  }

  #offer(planned: Planned, now: number): void {
    if (planned.dueAt === Infinity || this.#offered.has(planned.key)) return;
    this.#offered.add(planned.key);
    if (planned.dueAt <= now) this.#ready.push(planned);
    else this.#later.splice(this.#placeOf(planned.dueAt), 0, planned);
  }

  /** Behind what is due earlier or at the same time. */
  #placeOf(dueAt: number): number {
    let from = 0;
    let to = this.#later.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#later[middle]!.dueAt <= dueAt) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
