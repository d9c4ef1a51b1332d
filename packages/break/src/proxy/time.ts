import { type Clock, createNativeTimers, monotonicClock, type Timers } from '@seaworthy/protect';

/** Where a proxy takes its time from; tests hand in a virtual one. */
export interface Time {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** The machine's own clock and timers. */
export const machineTime: Time = { clock: monotonicClock, timers: createNativeTimers() };
