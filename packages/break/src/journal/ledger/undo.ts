import { reasonOf } from '../errors.ts';
import type { LedgerEntry, LedgerStep } from './entry.ts';
import { type Sleep, endProcess } from './end-process.ts';
import { type ProcessTable, findSame, signalSame } from './processes.ts';

/** What undoing needs of the world. */
export interface UndoWorld {
  readonly processes: ProcessTable;
  readonly sleep: Sleep;
  removeFile(path: string): Promise<void>;
  removeFolder(path: string): Promise<void>;
  /** Whether there is a file of that path. */
  exists(path: string): Promise<boolean>;
  /** Runs a command; rejects unless it ends with exit code 0 in time. */
  run(command: readonly string[]): Promise<void>;
}

/** What became of one step. */
export interface UndoOutcome {
  readonly owner: string;
  readonly step: LedgerStep;
  readonly ok: boolean;
  /** What was done or found, for people. */
  readonly detail: string;
}

/**
 * Undoes one entry, step by step. A step that fails does not hold up the next one.
 *
 * @param mark - the assignment that every process of the run has in its environment
 */
export async function undoEntry(
  entry: LedgerEntry,
  mark: string | undefined,
  world: UndoWorld,
): Promise<readonly UndoOutcome[]> {
  const outcomes: UndoOutcome[] = [];
  for (const step of entry.steps) {
    try {
      outcomes.push({ owner: entry.owner, step, ok: true, detail: await undoStep(step, mark, world) });
    } catch (error) {
      outcomes.push({ owner: entry.owner, step, ok: false, detail: reasonOf(error) });
    }
  }
  return outcomes;
}

/** Does the step; what it returns says what was done. */
async function undoStep(step: LedgerStep, mark: string | undefined, world: UndoWorld): Promise<string> {
  switch (step.do) {
    case 'signal':
      return signalSame(world.processes, step, step.signal)
        ? `sent ${step.signal} to process ${step.pid}`
        : `process ${step.pid} is gone`;
    case 'end-process': {
      const left = await endProcess(world.processes, step, mark, world.sleep);
      if (left.length === 0) return `${step.name} (process ${step.pid}) and its group are gone`;
      throw new Error(`${step.name} would not end: process ${left.join(', ')} is still there`);
    }
    case 'remove-file':
      await world.removeFile(step.path);
      return `${step.path} is gone`;
    case 'remove-folder':
      await world.removeFolder(step.path);
      return `${step.path} is gone`;
    case 'run':
      if (step.process !== undefined && findSame(world.processes, step.process) === undefined) {
        return `process ${step.process.pid} is gone, so \`${step.command.join(' ')}\` has nothing to do`;
      }
      if (step.whileThere !== undefined && !(await world.exists(step.whileThere))) {
        return `${step.whileThere} is gone, so \`${step.command.join(' ')}\` has nothing to do`;
      }
      await world.run(step.command);
      return `ran \`${step.command.join(' ')}\``;
    default:
      throw new Error(`a step that this version does not know: ${JSON.stringify(step satisfies never)}`);
  }
}
