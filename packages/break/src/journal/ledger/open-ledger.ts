import { resolve } from 'node:path';
import { type Clock, type Timers, createNativeTimers, monotonicClock } from '@seaworthy/protect';
import { startWatchdog } from '../watchdog/watchdog.ts';
import { type Ledger, createLedger } from './ledger.ts';
import { systemWorld } from './system-world.ts';
import { type UndoReport, undoLedger } from './undo-ledger.ts';
import type { Sleep } from './end-process.ts';

export interface OpenLedgerOptions {
  /** Stamps the lines; the real clock by default. */
  readonly clock?: Clock;
}

/**
 * Opens the ledger of a new run, and starts the watchdog that reads it when this process is gone.
 *
 * @param runFolder - the run's folder
 * @throws JournalError `LEDGER_UNWRITABLE`, or `WATCHDOG_LOST` when the watchdog does not start
 * @example
 * const ledger = await openLedger(folder);
 * const strikeOut = await ledger.intend('disk-1', [{ do: 'remove-file', path: filler }]);
 * await fillDisk(filler);
 * // ...
 * await rm(filler);
 * await strikeOut();
 * await ledger.close();
 */
export async function openLedger(runFolder: string, options: OpenLedgerOptions = {}): Promise<Ledger> {
  const timers = createNativeTimers();
  return createLedger(resolve(runFolder), {
    ...realParts(timers, options),
    startGuard: (folder) => startWatchdog(folder, { timers }),
  });
}

/**
 * Undoes what the runner of a run left behind when it and its watchdog died together: {@link undoLedger} on this
 * machine.
 *
 * @throws JournalError `LEDGER_MISSING` or `RUNNER_ALIVE`
 */
export async function undoRun(runFolder: string, options: OpenLedgerOptions = {}): Promise<UndoReport> {
  return undoLedger(resolve(runFolder), realParts(createNativeTimers(), options));
}

function realParts(timers: Timers, { clock = monotonicClock }: OpenLedgerOptions) {
  const sleep: Sleep = (delayMs) => new Promise<void>((done) => void timers.set(done, delayMs));
  return { world: systemWorld(sleep), now: () => Math.round(clock.epoch + clock.now()) };
}
