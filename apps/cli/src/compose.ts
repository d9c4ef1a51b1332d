/**
 * Where all parts meet: the system's processes, the services' own word of what their policies do, the record, the
 * ledger with its watchdog, the runner, and what there is to learn. Nothing else in the toolkit knows all of them.
 */
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { GameDay } from '@seaworthy/break/experiment';
import { faultKinds } from '@seaworthy/break/faults';
import { type GameDayOptions, runGameDay, type StartedSystem } from '@seaworthy/break/gameday';
import { createInsideFaults } from '@seaworthy/break/inject';
import {
  createRunFolder,
  type Journal,
  type Ledger,
  openJournal,
  openLedger,
  type RunRecord,
  type Verdict,
} from '@seaworthy/break/journal';
import { startSystem } from '@seaworthy/break/targets';
import { createNativeTimers, monotonicClock } from '@seaworthy/protect';
import { listenForServices, type ServiceListener } from '@seaworthy/watch';
import { CliError } from './errors.ts';
import { policyRecord } from './policy-record.ts';
import { type RunPath, writeReports } from './reports.ts';

/** What a run is composed of. */
export interface RunRequest {
  readonly day: GameDay;
  readonly seed: number;
  /** The folder in which `.seaworthy/runs` is made. */
  readonly base: string;
  /** Ends the run early; everything is undone then. */
  readonly signal: AbortSignal;
  /** Hears every record, as it is written. */
  readonly onRecord: (record: RunRecord) => void;
  /** Is given what writes a watcher's note into the record; it does nothing while there is no record. */
  readonly onNotebook?: (write: (text: string) => void) => void;
}

/** What came of a run. */
export interface RunOutcome {
  readonly verdict: Verdict;
  readonly exitCode: number;
  /** The run's reports; none when it ended before its first experiment. */
  readonly paths: readonly RunPath[];
}

/**
 * Runs a Game Day with all that belongs to it, and writes its reports. A run that ends before its first experiment
 * leaves no folder behind.
 *
 * @throws the errors of the parts about what they were given; nothing is left running then
 */
export async function composeRun(request: RunRequest): Promise<RunOutcome> {
  const { day, base } = request;
  const startedAt = new Date(monotonicClock.epoch + monotonicClock.now());
  const folder = await createRunFolder(base, { title: day.title, startedAt });
  let begun = false;
  const onRecord = (record: RunRecord): void => {
    begun ||= record.kind === 'experiment.started';
    request.onRecord(record);
  };
  try {
    const { verdict, exitCode } = await runInFolder(folder, { ...request, onRecord });
    return { verdict, exitCode, paths: begun ? await writeReports(folder) : [] };
  } catch (error) {
    // What was learned until then is worth its report, and the error is told all the same.
    if (begun) await writeReports(folder).catch(() => {});
    throw error;
  } finally {
    if (!begun) await rm(folder, { recursive: true, force: true });
  }
}

async function runInFolder(
  folder: string,
  request: RunRequest,
): Promise<{ readonly verdict: Verdict; readonly exitCode: number }> {
  const journal = await openJournal(folder);
  journal.subscribe(request.onRecord);
  try {
    const services = await listenForServices();
    try {
      const ledger = await openLedger(folder);
      try {
        return await runGameDay(request.day, optionsOf(folder, request, { journal, ledger, services }));
      } finally {
        await ledger.close();
      }
    } finally {
      await services.close();
    }
  } finally {
    await journal.close();
  }
}

interface Parts {
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly services: ServiceListener;
}

function optionsOf(folder: string, request: RunRequest, parts: Parts): GameDayOptions {
  return {
    runId: basename(folder),
    journal: parts.journal,
    intend: (faultId, steps) => parts.ledger.intend(faultId, steps),
    faults: faultKinds,
    clock: monotonicClock,
    timers: createNativeTimers(),
    seed: request.seed,
    signal: request.signal,
    startSystem: (start) => startRecorded(folder, request, parts, start),
  };
}

/** Starts the system with everything that speaks of it brought into the journal, until it has stopped. */
async function startRecorded(
  folder: string,
  request: RunRequest,
  { journal, ledger, services }: Parts,
  { onRecord, signal }: Parameters<GameDayOptions['startSystem']>[0],
): Promise<StartedSystem> {
  const { day, seed } = request;
  const note = (by: string, text: string): void => {
    const at = Math.round(monotonicClock.epoch + monotonicClock.now());
    journal.write({ at, kind: 'note', by, text });
  };
  const quiet = [
    services.onMessage((service, message) => {
      const record = policyRecord(service, message);
      if (record !== undefined) journal.write(record);
    }),
    ledger.onTrouble((text) => note('lab', text)),
    () => {
      request.onNotebook?.(() => {});
    },
  ];
  request.onNotebook?.((text) => note('observer', text));
  const end = () => quiet.splice(0).forEach((unsubscribe) => unsubscribe());
  try {
    const { url, token } = services;
    const watch = { url, token, inside: createInsideFaults(services) };
    const options = { mode: day.mode, runFolder: folder, ledger, watch, onRecord, seed, signal };
    const system = await startSystem(day.system, options);
    return {
      ...system,
      async stop() {
        await system.stop();
        // Before the journal has its end, so that the verdict knows of what could not be undone.
        const { trouble } = await ledger.close();
        end();
        if (trouble.length > 0) throw new CliError('UNDO_INCOMPLETE', trouble.join('; '));
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}
