import type { Clock } from '../kernel/clock.ts';
import type { Timer, Timers } from '../kernel/timers.ts';

/**
 * Time that stands still until a test moves it: a ten-minute back-off takes a millisecond, and always the same one.
 *
 * @example
 * const time = new VirtualTime();
 * const calling = pipeline('api', [retry()], { idempotent: true, runtime: createRuntime({ clock: time, timers: time }) }).run(work);
 * await time.advance(600_000);
 */
export class VirtualTime implements Clock, Timers {
  readonly epoch: number;
  #now = 0;
  #sequence = 0;
  readonly #timers = new Set<VirtualTimer>();

  /** @param epoch - the Unix time at 0, in milliseconds; default the start of 2026 */
  constructor(epoch: number = Date.UTC(2026, 0, 1)) {
    this.epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  set(callback: () => void, delayMs: number, needed?: () => boolean): Timer {
    const timer = new VirtualTimer(
      this.#now + Math.max(0, delayMs),
      this.#sequence++,
      callback,
      needed,
      this.#timers,
    );
    this.#timers.add(timer);
    return timer;
  }

  /** Timers that are set and would keep a process alive. */
  get pendingTimers(): number {
    let count = 0;
    for (const timer of this.#timers) if (timer.needed?.() ?? true) count++;
    return count;
  }

  /** When the next timer is due; `undefined` when none is set. */
  get nextTimerAt(): number | undefined {
    return this.#earliest()?.at;
  }

  /** Moves time on by `ms`, firing each timer at its moment and letting all that it sets off settle before the next. */
  async advance(ms: number): Promise<void> {
    await this.advanceTo(this.#now + ms);
  }

  /** Moves time on to `until`. */
  async advanceTo(until: number): Promise<void> {
    await settle();
    for (let timer = this.#earliest(); timer !== undefined && timer.at <= until; timer = this.#earliest()) {
      this.#now = Math.max(this.#now, timer.at);
      timer.fire();
      await settle();
    }
    this.#now = Math.max(this.#now, until);
  }

  /** Moves time on, timer by timer, until `promise` settles, and hands on its outcome. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false };
    const done = () => {
      state.settled = true;
    };
    promise.then(done, done);
    await settle();
    while (!state.settled) {
      const timer = this.#earliest();
      if (timer === undefined) throw new Error('The promise waits for no timer of this virtual time.');
      await this.advanceTo(timer.at);
    }
    return promise;
  }

  #earliest(): VirtualTimer | undefined {
    let earliest: VirtualTimer | undefined;
    for (const timer of this.#timers)
      if (earliest === undefined || timer.isBefore(earliest)) earliest = timer;
    return earliest;
  }
}

/** Lets every promise that can settle now do so, and all that follows from it. */
export function settle(): Promise<void> {
  return new Promise((resolve) => macrotask(resolve));
}

/** A task of the event loop: by then the microtasks before it are done. */
const macrotask: (callback: () => void) => void =
  typeof setImmediate === 'function'
    ? setImmediate
    : (callback) => {
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener('message', () => {
          port1.close();
          callback();
        });
        port1.start();
        port2.postMessage(undefined);
      };

class VirtualTimer implements Timer {
  readonly at: number;
  readonly needed: (() => boolean) | undefined;
  readonly #sequence: number;
  readonly #callback: () => void;
  readonly #timers: Set<VirtualTimer>;

  constructor(
    at: number,
    sequence: number,
    callback: () => void,
    needed: (() => boolean) | undefined,
    timers: Set<VirtualTimer>,
  ) {
    this.at = at;
    this.needed = needed;
    this.#sequence = sequence;
    this.#callback = callback;
    this.#timers = timers;
  }

  isBefore(other: VirtualTimer): boolean {
    return this.at < other.at || (this.at === other.at && this.#sequence < other.#sequence);
  }

  fire(): void {
    this.cancel();
    this.#callback();
  }

  cancel(): void {
    this.#timers.delete(this);
  }
}
