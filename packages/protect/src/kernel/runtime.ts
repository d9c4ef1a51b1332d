import { type AmbientStorage, createAmbientStorage } from './ambient.ts';
import { type Clock, monotonicClock } from './clock.ts';
import { EventStream } from './events.ts';
import { nativeRandom, type Random } from './random.ts';
import { Signals } from './signals.ts';
import { createNativeTimers, type Timers } from './timers.ts';

/**
 * What a pipeline is bound to: time, chance and the stream of events. Production has one default; tests and the
 * simulator bring their own.
 */
export interface Runtime {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly events: EventStream;
  readonly ambient: AmbientStorage;
  /** The callers' signals that calls of this runtime listen to. */
  readonly signals: Signals;
  /**
   * What the pipelines of this runtime have in common, such as their time limits: made by `make` when it is first asked
   * for, so that nobody pays, in time or in bytes, for what no policy uses.
   */
  shared<T>(make: (runtime: Runtime) => T): T;
}

/** The parts of a runtime that can be chosen; the platform's own stand in for the rest. */
export type RuntimeParts = Partial<Pick<Runtime, 'clock' | 'timers' | 'random' | 'events' | 'ambient'>>;

/** One for all runtimes: each one listens to the end of the process. */
const nativeTimers: Timers = /* @__PURE__ */ createNativeTimers();

/**
 * Makes a runtime.
 *
 * @example const runtime = createRuntime({ random: seededRandom(7) });
 */
export function createRuntime(parts: RuntimeParts = {}): Runtime {
  const shared = new Map<unknown, unknown>();
  return {
    clock: parts.clock ?? monotonicClock,
    timers: parts.timers ?? nativeTimers,
    random: parts.random ?? nativeRandom,
    events: parts.events ?? new EventStream(),
    ambient: parts.ambient ?? createAmbientStorage(),
    signals: new Signals(),
    shared<T>(make: (runtime: Runtime) => T): T {
      if (!shared.has(make)) shared.set(make, make(this));
      return shared.get(make) as T;
    },
  };
}

/** The runtime of every pipeline that names no other. */
export const defaultRuntime: Runtime = /* @__PURE__ */ createRuntime();
