import type { Clock, Timer, Timers } from '@seaworthy/protect';

/** How a stream ends: a half-close, a close of the whole connection, or an RST. */
export type EndKind = 'end' | 'close' | 'reset';

/** Where a delay line puts what is due. */
export interface DelayLineTarget {
  readonly clock: Clock;
  readonly timers: Timers;
  emit(chunk: Buffer): void;
  end(kind: EndKind): void;
}

interface Entry {
  /** Bytes, or the end of the stream. */
  readonly load: Buffer | EndKind;
  readonly arrivedAt: number;
  readonly dueAt: number;
}

/** A timer may fire this much before its time, since native timers count whole milliseconds. */
const earlyMs = 0.5;

/**
 * Holds bytes back until they are due, in order, on one timer. Most toxics are a rule for `dueAt` over this.
 */
export class DelayLine {
  readonly #target: DelayLineTarget;
  #queue: Entry[] = [];
  #first = 0;
  #held = 0;
  #timer: Timer | undefined;
  #emitting = false;

  constructor(target: DelayLineTarget) {
    this.#target = target;
  }

  /** The bytes that wait. */
  get held(): number {
    return this.#held;
  }

  /** When the last entry is due; `-Infinity` when nothing waits. A later entry is never due before it. */
  get lastDueAt(): number {
    return this.#queue.at(-1)?.dueAt ?? -Infinity;
  }

  /** Takes bytes or the end; they leave at `dueAt` (on the clock), or after what is before them. */
  push(load: Buffer | EndKind, dueAt: number): void {
    const now = this.#target.clock.now();
    const due = Math.max(dueAt, this.lastDueAt);
    this.#queue.push({ load, arrivedAt: now, dueAt: due });
    if (typeof load !== 'string') this.#held += load.length;
    if (!this.#emitting && this.#queue.length - this.#first === 1) this.#run();
  }

  /** Sets new times: `dueAt` is asked for each waiting entry, in order, with the time at which it arrived. */
  reschedule(dueAt: (load: Buffer | EndKind, arrivedAt: number) => number): void {
    let last = -Infinity;
    this.#queue = this.#queue.slice(this.#first).map((entry) => {
      last = Math.max(last, dueAt(entry.load, entry.arrivedAt));
      return { ...entry, dueAt: last };
    });
    this.#first = 0;
    if (!this.#emitting) this.#run();
  }

  /** Empties the line and returns what waited, in order. */
  take(): readonly (Buffer | EndKind)[] {
    const waiting = this.#queue.slice(this.#first).map((entry) => entry.load);
    this.clear();
    return waiting;
  }

  /** Lets everything go at once. */
  flush(): void {
    this.reschedule(() => -Infinity);
  }

  /** Forgets everything. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#queue = [];
    this.#first = 0;
    this.#held = 0;
  }

  /** Emits what is due and sets the timer for the rest. */
  #run(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#emitting = true;
    const now = this.#target.clock.now();
    for (let entry = this.#queue[this.#first]; entry; entry = this.#queue[this.#first]) {
      if (entry.dueAt - now > earlyMs) break;
      this.#first += 1;
      this.#shrink();
      if (typeof entry.load === 'string') {
        this.#target.end(entry.load);
      } else {
        this.#held -= entry.load.length;
        this.#target.emit(entry.load);
      }
    }
    this.#emitting = false;
    const next = this.#queue[this.#first];
    if (next && next.dueAt !== Infinity) {
      this.#timer = this.#target.timers.set(() => this.#run(), next.dueAt - now);
    }
  }

  /** Drops the passed entries once they outweigh the waiting ones, so that a pop costs a constant on average. */
  #shrink(): void {
    if (this.#first === this.#queue.length) {
      this.#queue = [];
      this.#first = 0;
    } else if (this.#first > 256 && this.#first * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
      this.#first = 0;
    }
  }
}
