import type { Runtime } from '../../kernel/runtime.ts';
import { background, type Timer } from '../../kernel/timers.ts';

/** How hard the process itself is pressed. */
export interface Pressure {
  /** How late the event loop was at worst in the last second or so, in milliseconds. */
  readonly eventLoopDelayMs: number;
  /** The part of the heap's limit in use, from 0 to 1; 0 where the platform does not tell. */
  readonly heapShare: number;
}

/** How often is looked, in milliseconds. */
const sampleMs = 100;
/** By what an old delay counts less at each look: after a second about a third of it is left. */
const fading = 0.9;

/** Looks at the process every 100 ms, with a timer that keeps nothing alive. */
export class PressureSampler implements Pressure {
  eventLoopDelayMs = 0;
  heapShare = 0;
  readonly #runtime: Runtime;
  readonly #readHeapShare: () => number;
  #timer: Timer | undefined;

  constructor(runtime: Runtime, readHeapShare: () => number = heapShareOfPlatform()) {
    this.#runtime = runtime;
    this.#readHeapShare = readHeapShare;
    this.#sleep();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #sleep(): void {
    const due = this.#runtime.clock.now() + sampleMs;
    this.#timer = this.#runtime.timers.set(
      () => {
        const lateMs = Math.max(0, this.#runtime.clock.now() - due);
        this.eventLoopDelayMs = Math.max(lateMs, this.eventLoopDelayMs * fading);
        this.heapShare = this.#readHeapShare();
        this.#sleep();
      },
      sampleMs,
      background,
    );
  }
}

interface Platform {
  process?: {
    getBuiltinModule?: (
      name: 'node:v8',
    ) => { getHeapStatistics(): { used_heap_size: number; heap_size_limit: number } } | undefined;
  };
}

function heapShareOfPlatform(): () => number {
  const v8 = (globalThis as Platform).process?.getBuiltinModule?.('node:v8');
  if (v8 === undefined) return () => 0;
  return () => {
    const { used_heap_size, heap_size_limit } = v8.getHeapStatistics();
    return used_heap_size / heap_size_limit;
  };
}
