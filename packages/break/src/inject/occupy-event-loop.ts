/**
 * Occupies the event loop for a share of the time, as heavy computing in the process would. In short slices, so that
 * the process stays alive and can be told to stop.
 */
import { background } from '@seaworthy/protect';
import type { Timer } from '@seaworthy/protect';
import { type InsideFault, numberOption } from './inside-fault.ts';

/** A whole event loop could hear neither its end nor its lease. */
const shareMax = 0.95;
const roundMs = 25;
/** Also when the loop was late, one slice is not longer. */
const sliceMsMax = 100;

/** Takes `share` (0.01 to 0.95) of the event loop's time. */
export const occupyEventLoop: InsideFault = {
  name: 'exhaust-cpu',
  begin(options, { clock, timers, signal }) {
    const share = numberOption(options, 'share', 0.01, shareMax);
    let ended = signal.aborted;
    let timer: Timer | undefined;

    const rest = () => {
      if (ended) return;
      const restFrom = clock.now();
      timer = timers.set(() => occupy(clock.now() - restFrom), roundMs * (1 - share), background);
    };
    // As long as the rest before it asks for: what others did in the rest is part of it.
    const occupy = (restedMs: number) => {
      const until = clock.now() + Math.min(sliceMsMax, (restedMs * share) / (1 - share));
      while (clock.now() < until);
      rest();
    };
    rest();

    return Promise.resolve({
      end() {
        ended = true;
        timer?.cancel();
      },
    });
  },
};
