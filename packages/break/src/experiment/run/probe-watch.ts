import type { Timers } from '@seaworthy/protect';
import type { ProbeResult } from '../../probes/probe.ts';
import type { Probe } from '../model.ts';
import { wait } from './wait.ts';

/** Asks the probes again and again, each at its own pace. */
export interface ProbeWatch {
  /** Gives up what is being asked, and asks every probe anew at once: what was true a moment ago counts no more. */
  restart(): void;
  /** Ends the watch; resolves when nothing is asked any more. */
  stop(): Promise<void>;
}

/** How long a probe rests between two times; a query takes a process of its own, so it is asked less often. */
const restMs: Readonly<Record<Probe['kind'], number>> = { http: 500, process: 500, sql: 2_000 };

/**
 * Starts to watch.
 *
 * @param ask - asks one probe once, until the signal ends it
 * @param onResult - hears of every answer that was waited for to its end
 */
export function watchProbes(
  probes: readonly Probe[],
  timers: Timers,
  ask: (probe: Probe, signal: AbortSignal) => Promise<ProbeResult>,
  onResult: (probe: Probe, result: ProbeResult) => void,
): ProbeWatch {
  let round = new AbortController();
  let asking: Promise<unknown>[] = [];

  async function askAgainAndAgain(probe: Probe, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const result = await ask(probe, signal);
      if (signal.aborted) return;
      onResult(probe, result);
      await wait(timers, restMs[probe.kind], signal);
    }
  }

  function start(): void {
    const { signal } = round;
    asking = [...asking, ...probes.map((probe) => askAgainAndAgain(probe, signal))];
  }

  start();
  return {
    restart() {
      round.abort();
      round = new AbortController();
      start();
    },
    async stop() {
      round.abort();
      await Promise.all(asking);
    },
  };
}
