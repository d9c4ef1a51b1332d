import type { Timer } from '@seaworthy/protect';
import type { Time } from '../time.ts';

/** A clock that stands still until it is moved, and the timers on it. For tests. */
export interface VirtualTime extends Time {
  /** Moves the clock, and fires what is due on the way, in order. */
  advance(ms: number): void;
  /** How many timers are set. */
  pending(): number;
}

/** Makes a virtual time that starts at 0. */
export function virtualTime(): VirtualTime {
  let now = 0;
  let timers: { readonly at: number; readonly callback: () => void }[] = [];
  const fire = (until: number) => {
    for (;;) {
      const next = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) return;
      timers = timers.filter((timer) => timer !== next);
      now = Math.max(now, next.at);
      next.callback();
    }
  };
  return {
    clock: { now: () => now, epoch: 0 },
    timers: {
      set(callback, delayMs): Timer {
        const timer = { at: now + Math.max(delayMs, 0), callback };
        timers.push(timer);
        return { cancel: () => (timers = timers.filter((other) => other !== timer)) };
      },
    },
    advance(ms) {
      const until = now + ms;
      fire(until);
      now = until;
    },
    pending: () => timers.length,
  };
}
