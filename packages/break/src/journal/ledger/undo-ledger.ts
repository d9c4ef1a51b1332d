import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, JournalError, reasonOf } from '../errors.ts';
import { type LedgerEntry, type LedgerState, ledgerFiles, parseLedger } from './entry.ts';
import { endMarked } from './end-process.ts';
import { findSame } from './processes.ts';
import { type UndoOutcome, type UndoWorld, undoEntry } from './undo.ts';

/** What an undoing did. */
export interface UndoReport {
  /** Whether nothing of the run is left. */
  readonly ok: boolean;
  /** Every step, in the order in which they were done. */
  readonly outcomes: readonly UndoOutcome[];
  /** Processes of the run that nobody had written down, and that were ended by their mark. */
  readonly strays: number;
  /** What could not be undone or read, for people; empty when all is well. */
  readonly trouble: readonly string[];
}

export interface UndoLedgerOptions {
  readonly world: UndoWorld;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Undoes even while the runner lives, which then loses its services and faults; off by default. */
  readonly evenIfRunning?: boolean;
}

/**
 * Undoes everything that a dead runner left behind, newest first: its faults, then its processes. Harmless when
 * there is nothing to undo, and when it is done twice.
 *
 * @param runFolder - the run's folder
 * @throws JournalError `LEDGER_MISSING` when there is no ledger, `RUNNER_ALIVE` while the runner lives
 */
export async function undoLedger(runFolder: string, options: UndoLedgerOptions): Promise<UndoReport> {
  const folder = join(runFolder, ledgerFiles.folder);
  const file = join(folder, ledgerFiles.ledger);
  const { world, now } = options;
  const text = await readLedger(file);
  const state = parseLedger(text);
  refuseWhileRunning(state, runFolder, options);

  const report = await undoState(state, new Set([process.pid]), world, async (entry, outcomes) => {
    const lines = outcomes.map((outcome) => JSON.stringify({ at: now(), ...outcome }));
    await appendLines(join(folder, ledgerFiles.undone), lines);
    if (outcomes.every(({ ok }) => ok)) {
      // On a new line, whatever the runner's end left of the last one.
      await appendLines(file, ['', JSON.stringify({ kind: 'struck', at: now(), id: entry.id })]);
    }
  });
  const { ok, outcomes, strays, trouble } = report;
  if (outcomes.length + strays + trouble.length === 0) return report;
  // What is damaged stays damaged; to say so once is enough.
  if (outcomes.every((outcome) => outcome.ok)) {
    await appendLines(file, ['', JSON.stringify({ kind: 'closed', at: now() })]);
  }
  await appendLines(join(folder, ledgerFiles.undone), [JSON.stringify({ at: now(), ok, strays, trouble })]);
  return report;
}

/**
 * Undoes what a ledger holds open, newest first, and ends the processes that bear the run's mark.
 *
 * @param spared - pids that bear the mark and are left alone
 * @param note - told what became of each entry; its failure is trouble, and holds nothing up
 */
export async function undoState(
  state: LedgerState,
  spared: ReadonlySet<number>,
  world: UndoWorld,
  note: (entry: LedgerEntry, outcomes: readonly UndoOutcome[]) => Promise<void>,
): Promise<UndoReport> {
  const all: UndoOutcome[] = [];
  const mark = state.opened?.mark;
  const trouble = state.closed ? [] : damageOf(state);

  for (const entry of state.open) {
    const outcomes = await undoEntry(entry, mark, world);
    all.push(...outcomes);
    trouble.push(...outcomes.filter(({ ok }) => !ok).map(({ owner, detail }) => `${owner}: ${detail}`));
    await note(entry, outcomes).catch((error: unknown) => {
      trouble.push(`what became of ${entry.owner} could not be written down: ${reasonOf(error)}`);
    });
  }

  let strays = 0;
  if (mark !== undefined) {
    const marked = await endMarked(world.processes, mark, spared, world.sleep);
    strays = marked.found;
    if (marked.left.length > 0) trouble.push(`process ${marked.left.join(', ')} would not end`);
  }
  return { ok: trouble.length === 0, outcomes: all, strays, trouble };
}

/** What cannot be read may have been a note of something that is still there. */
function damageOf({ damagedLines, opened }: LedgerState): string[] {
  const damage = damagedLines.map((number) => `line ${number} of the ledger is damaged`);
  if (opened === undefined)
    damage.push('the ledger does not say whose it is, so processes without a note are not found');
  return damage;
}

async function readLedger(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const mend = isSystemError(error, 'ENOENT') ? ' Name the folder of a run.' : '';
    throw new JournalError(
      'LEDGER_MISSING',
      `Cannot read the ledger ${file}: ${reasonOf(error)}.${mend}`,
      error,
    );
  }
}

function refuseWhileRunning(state: LedgerState, runFolder: string, options: UndoLedgerOptions): void {
  const runner = state.opened?.runner;
  if (options.evenIfRunning === true || runner === undefined || runner.pid === process.pid) return;
  if (findSame(options.world.processes, runner) === undefined) return;
  throw new JournalError(
    'RUNNER_ALIVE',
    `The run in ${runFolder} is still going on (process ${runner.pid}). End it with Ctrl-C or SIGTERM; it undoes its faults itself.`,
  );
}

async function appendLines(file: string, lines: readonly string[]): Promise<void> {
  await appendFile(file, lines.map((line) => `${line}\n`).join(''));
}
