import type { Runtime } from '../../kernel/runtime.ts';
import { background, type Timer } from '../../kernel/timers.ts';

/** How hard the process itself is pressed. */
export interface Pressure {
  /** How late the event loop was at worst in the last second or so, in milliseconds. */
  readonly eventLoopDelayMs: number;
  /** The part of the last second or so that the event loop was busy, from 0 to 1; 0 where the platform does not tell. */
  readonly eventLoopUtilization: number;
  /** The part of the heap's limit in use, from 0 to 1; 0 where the platform does not tell. */
  readonly heapShare: number;
}

/** What the platform tells of the process. */
export interface ProcessReadings {
  /** The part of the time since the last reading that the event loop was busy, from 0 to 1. */
  eventLoopUtilization(): number;
  heapShare(): number;
}

/** How often is looked, in milliseconds. */
const sampleMs = 100;
/** By what an old reading counts less at each look: after a second about a third of it is left. */
const fading = 0.9;

/** Looks at the process every 100 ms, with a timer that keeps nothing alive. */
export class PressureSampler implements Pressure {
  eventLoopDelayMs = 0;
  eventLoopUtilization = 0;
  heapShare = 0;
  readonly #runtime: Runtime;
  readonly #readings: ProcessReadings;
  #timer: Timer | undefined;

  constructor(runtime: Runtime, readings: ProcessReadings = readingsOfPlatform()) {
    this.#runtime = runtime;
    this.#readings = readings;
    this.#sleep();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #sleep(): void {
    const due = this.#runtime.clock.now() + sampleMs;
    this.#timer = this.#runtime.timers.set(() => this.#look(due), sampleMs, background);
  }

  #look(due: number): void {
    const lateMs = Math.max(0, this.#runtime.clock.now() - due);
    this.eventLoopDelayMs = Math.max(lateMs, this.eventLoopDelayMs * fading);
    this.eventLoopUtilization =
      this.eventLoopUtilization * fading + this.#readings.eventLoopUtilization() * (1 - fading);
    this.heapShare = this.#readings.heapShare();
    this.#sleep();
  }
}

interface Utilization {
  readonly utilization: number;
}

interface Platform {
  process?: {
    getBuiltinModule?: (
      name: 'node:v8',
    ) => { getHeapStatistics(): { used_heap_size: number; heap_size_limit: number } } | undefined;
  };
  performance?: { eventLoopUtilization?: (now?: Utilization, before?: Utilization) => Utilization };
}

function readingsOfPlatform(): ProcessReadings {
  const { process, performance } = globalThis as Platform;
  const v8 = process?.getBuiltinModule?.('node:v8');
  let before = performance?.eventLoopUtilization?.();
  return {
    eventLoopUtilization() {
      if (performance?.eventLoopUtilization === undefined || before === undefined) return 0;
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
    heapShare() {
      if (v8 === undefined) return 0;
      const { used_heap_size, heap_size_limit } = v8.getHeapStatistics();
      return used_heap_size / heap_size_limit;
    },
  };
}
