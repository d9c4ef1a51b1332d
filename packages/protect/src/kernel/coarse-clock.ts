import type { Clock } from './clock.ts';
import type { Runtime } from './runtime.ts';
import { background, type Timer, type Timers } from './timers.ts';

/** How old a coarse time may be, in milliseconds, beyond what delays the event loop. */
const coarseTickMs = 100;

/** Reads the time for a window with slices of `sliceMs`: coarsely where that tells the slice as well. */
export function sliceClock(runtime: Runtime, sliceMs: number): () => number {
  const clock = sliceMs < coarseTickMs ? runtime.clock : runtime.shared(coarseClock);
  return () => clock.now();
}

const coarseClock = ({ clock, timers }: Runtime): CoarseClock => new CoarseClock(clock, timers);

/**
 * A clock that is read for next to nothing: the real one is read ten times a second, and only while anyone asks. It
 * ticks at whole tenths of a second, so that it tells the slice of a window as well as the real clock does.
 */
class CoarseClock {
  readonly #clock: Clock;
  readonly #timers: Timers;
  #now = 0;
  #asked = false;
  #timer: Timer | undefined;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  /** The time at the last tick. */
  now(): number {
    if (this.#timer === undefined) this.#tick();
    this.#asked = true;
    return this.#now;
  }

  #tick(): void {
    this.#now = this.#clock.now();
    this.#asked = false;
    const untilTick = coarseTickMs - (this.#now % coarseTickMs);
    this.#timer = this.#timers.set(
      () => {
        this.#timer = undefined;
        if (this.#asked) this.#tick();
      },
      untilTick,
      background,
    );
  }
}
