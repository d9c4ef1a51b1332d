import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { JournalError, reasonOf } from '../errors.ts';
import { type LedgerEntry, type LedgerLine, type LedgerStep, ledgerFiles, ledgerVersion } from './entry.ts';
import { endProcess } from './end-process.ts';
import { type LedgerFile, createLedgerFile } from './ledger-file.ts';
import { signalSame } from './processes.ts';
import { type UndoReport, undoState } from './undo-ledger.ts';
import type { UndoWorld } from './undo.ts';

/**
 * What must be undone, written down before it is done. A watchdog process reads it when the runner is gone, so that
 * even SIGKILL leaves nothing stopped, filled or running.
 */
export interface Ledger {
  /** The ledger's folder, within the run's. */
  readonly folder: string;
  /**
   * Must be in the environment of every process that the lab starts: by this mark even those that left their group
   * are found.
   */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Durably notes how something is undone. Call it before the deed, and do nothing if it rejects.
   *
   * @param owner - whose it is, for people: a fault's id, or a service
   * @param steps - done in this order; each must be harmless when the deed was never done
   * @returns strikes the note out; call it once the deed was undone
   * @throws JournalError `LEDGER_UNWRITABLE`, `LEDGER_CLOSED`, or `WATCHDOG_LOST` when nobody would undo it
   */
  intend(owner: string, steps: readonly LedgerStep[]): Promise<() => Promise<void>>;
  /**
   * Notes a process that leads a group of its own, while it still waits to be let go (see `startGated` in targets).
   *
   * @throws JournalError `PROCESS_GONE` when it ended already, and what `intend` throws
   */
  startedProcess(name: string, pid: number): Promise<NotedProcess>;
  /** Hears, in a sentence, when the watchdog is lost or is there again. Returns the function that ends it. */
  onTrouble(listener: (text: string) => void): () => void;
  /**
   * Undoes what is still noted, newest first, and sends the watchdog home. May be called more than once.
   *
   * @returns what there was to undo; after an orderly run there is nothing
   */
  close(): Promise<UndoReport>;
}

/** A process in the ledger. */
export interface NotedProcess {
  /** With its pid it names the process for undo steps. */
  readonly startedAt: string;
  /** Signals the process with its group; false when it is gone. Never reaches a later process with its pid. */
  signal(signal: NodeJS.Signals): boolean;
  /** Ends the process and whatever is left of its group, and strikes the note out. */
  end(): Promise<void>;
}

/** The watchdog, as the ledger needs it. */
export interface Guard {
  /** Resolves while a watchdog is there; rejects with `WATCHDOG_LOST` when none can be had. */
  present(): Promise<void>;
  onTrouble(listener: (text: string) => void): () => void;
  /** Says that all is done; resolves when the watchdog is gone. */
  dismiss(): Promise<void>;
}

export interface LedgerParts {
  readonly world: UndoWorld;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Starts the watchdog of a run folder; the ledger's file is there by then. */
  startGuard(runFolder: string): Promise<Guard>;
}

/** The variable that marks the processes of a run. */
const markVariable = 'SEAWORTHY_RUN';

/** Opens the ledger of a new run; {@link openLedger} in `open-ledger.ts` gives it the real parts. */
export async function createLedger(runFolder: string, parts: LedgerParts): Promise<Ledger> {
  const { world, now } = parts;
  const folder = join(runFolder, ledgerFiles.folder);
  const self = world.processes.find(process.pid);
  const mark = randomBytes(12).toString('hex');
  const opened = {
    kind: 'opened',
    at: now(),
    version: ledgerVersion,
    runner: { pid: process.pid, startedAt: self?.startedAt ?? 'unknown' },
    mark: `${markVariable}=${mark}`,
  } as const satisfies LedgerLine;

  const file = await makeFile(folder, opened);
  const guard = await parts.startGuard(runFolder).catch(async (error: unknown) => {
    await file.close();
    throw error;
  });
  const open = new Map<number, LedgerEntry>();
  let lastId = 0;
  let closing: Promise<UndoReport> | undefined;

  const strikeOut = async (id: number): Promise<void> => {
    if (!open.delete(id)) return;
    // A strike that is lost costs nothing: to undo what is undone is harmless. So it is no reason to fail.
    await file.append({ kind: 'struck', at: now(), id }, false).catch(() => {});
  };

  const intend = async (owner: string, steps: readonly LedgerStep[]): Promise<() => Promise<void>> => {
    if (closing !== undefined) throw new JournalError('LEDGER_CLOSED', `The ledger in ${folder} is closed.`);
    await guard.present();
    const entry: LedgerEntry = { id: ++lastId, owner, steps };
    open.set(entry.id, entry);
    try {
      await file.append({ kind: 'intended', at: now(), ...entry }, true);
    } catch (error) {
      open.delete(entry.id);
      throw new JournalError(
        'LEDGER_UNWRITABLE',
        `Cannot write down how ${owner} is undone, in ${folder}: ${reasonOf(error)}. So it was not begun.`,
        error,
      );
    }
    return () => strikeOut(entry.id);
  };

  const closeAll = async (): Promise<UndoReport> => {
    const state = { opened, open: [...open.values()].toReversed(), closed: false, damagedLines: [] };
    const report = await undoState(state, new Set([process.pid]), world, async (entry, outcomes) => {
      if (outcomes.every(({ ok }) => ok)) await strikeOut(entry.id);
    });
    await file.append({ kind: 'closed', at: now() }, false).catch(() => {});
    await file.close();
    await guard.dismiss();
    return report;
  };

  return Object.freeze<Ledger>({
    folder,
    environment: Object.freeze({ [markVariable]: mark }),
    intend,
    async startedProcess(name, pid) {
      const found = world.processes.find(pid);
      if (found === undefined) {
        throw new JournalError('PROCESS_GONE', `${name} (process ${pid}) ended as soon as it was started.`);
      }
      const step = { do: 'end-process', name, pid, startedAt: found.startedAt } as const;
      const strike = await intend(name, [step]);
      return notedProcess(step, world, opened.mark, strike);
    },
    onTrouble: (listener) => guard.onTrouble(listener),
    close() {
      closing ??= closeAll();
      return closing;
    },
  });
}

function notedProcess(
  step: Extract<LedgerStep, { do: 'end-process' }>,
  world: UndoWorld,
  mark: string,
  strike: () => Promise<void>,
): NotedProcess {
  return {
    startedAt: step.startedAt,
    signal: (signal) => signalSame(world.processes, step, signal),
    async end() {
      const left = await endProcess(world.processes, step, mark, world.sleep);
      // What would not go stays in the ledger, so that `close` tries again and tells.
      if (left.length === 0) await strike();
    },
  };
}

async function makeFile(folder: string, opened: LedgerLine): Promise<LedgerFile> {
  try {
    await mkdir(folder, { recursive: true });
    const file = await createLedgerFile(join(folder, ledgerFiles.ledger));
    await file.append(opened, true);
    return file;
  } catch (error) {
    throw new JournalError(
      'LEDGER_UNWRITABLE',
      `Cannot make the ledger in ${folder}: ${reasonOf(error)}.`,
      error,
    );
  }
}
