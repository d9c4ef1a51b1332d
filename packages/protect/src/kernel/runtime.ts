import type { AmbientStorage } from './ambient.ts';
import type { Clock } from './clock.ts';
import type { EventStream } from './events.ts';
import type { Random } from './random.ts';
import type { Timers } from './timers.ts';

/**
 * What a pipeline is bound to. Production has one default; tests and the simulator bring their own.
 */
export interface Runtime {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly events: EventStream;
  readonly ambient: AmbientStorage;
}
