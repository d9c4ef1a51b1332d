import { type AmbientStorage, createAmbientStorage } from './ambient.ts';
import { type Clock, monotonicClock } from './clock.ts';
import { CoarseClock } from './coarse-clock.ts';
import { EventStream } from './events.ts';
import { nativeRandom, type Random } from './random.ts';
import { Signals } from './signals.ts';
import { TimeoutQueues } from './timeout-queues.ts';
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
  /** The clock, ten times a second and for next to nothing. */
  readonly coarseClock: CoarseClock;
  /** The time limits of all calls in this runtime. */
  readonly timeouts: TimeoutQueues;
  /** The callers' signals that calls of this runtime listen to. */
  readonly signals: Signals;
}

/** The parts of a runtime that can be chosen; the platform's own stand in for the rest. */
export type RuntimeParts = Partial<Pick<Runtime, 'clock' | 'timers' | 'random' | 'events' | 'ambient'>>;

/**
 * Makes a runtime.
 *
 * @example const runtime = createRuntime({ random: seededRandom(7) });
 */
export function createRuntime(parts: RuntimeParts = {}): Runtime {
  const clock = parts.clock ?? monotonicClock;
  const timers = parts.timers ?? createNativeTimers();
  return {
    clock,
    timers,
    random: parts.random ?? nativeRandom,
    events: parts.events ?? new EventStream(),
    ambient: parts.ambient ?? createAmbientStorage(),
    coarseClock: new CoarseClock(clock, timers),
    timeouts: new TimeoutQueues(clock, timers),
    signals: new Signals(),
  };
}

/** The runtime of every pipeline that names no other. */
export const defaultRuntime: Runtime = createRuntime();
