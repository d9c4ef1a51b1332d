/**
 * The thread in which a load runs. The lab's own thread carries every byte between the services and every word of their
 * policies; a generator there would be late just when the system is busy, and charge its lateness to the system.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import { parentPort, workerData } from 'node:worker_threads';
import type { Clock, Timers } from '@seaworthy/protect';
import { startLoad } from '../load.ts';
import type { FromThread, LoadTask, ToThread } from './messages.ts';

const paceEveryMs = 100;

const clock: Clock = { now: () => performance.now(), epoch: performance.timeOrigin };
const timers: Timers = {
  set(callback, delayMs) {
    const handle = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};

const { definition, variables, seed, inFlightMax } = workerData as LoadTask;
const load = startLoad(definition, {
  variables,
  seed,
  clock,
  timers,
  onSample: (sample) => tell({ kind: 'sample', sample, totals: load.totals }),
  ...(inFlightMax === undefined ? {} : { inFlightMax }),
});
tellPace();

parentPort?.on('message', (message: ToThread) => {
  if (message.kind === 'rate') load.setRate(message.ratePerSecond);
  else if (message.kind === 'mark') load.mark(message.period, message.at - clock.epoch);
  else void end(message.atOnce);
});

async function end(atOnce: boolean): Promise<void> {
  const totals = await load.stop({ atOnce });
  tell({ kind: 'ended', totals });
}

function tellPace(): void {
  tell({ kind: 'pace', sentPerSecond: load.sentPerSecond() });
  timers.set(tellPace, paceEveryMs);
}

function tell(message: FromThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(message);
}
