import type { ActiveFault, FaultHost, FaultInstance, UndoStep } from '../fault.ts';
import { FaultError } from './fault-error.ts';

/** What is particular to a fault. */
export interface FaultDeed {
  /** What undoes it when the lab is gone; empty when nothing of it outlives the lab. */
  readonly steps: readonly UndoStep[];
  /** Does it. When it rejects, `end` is called, since a part of it may have been done. */
  begin(): Promise<void>;
  /** Ends it; harmless when it is over, or never began. Rejects when it is seen to be still on. */
  end(): Promise<void>;
  observe: ActiveFault['observe'];
}

/**
 * What all faults have in common: the undo is written down before the deed, a deed that fails is undone, and an undo
 * happens once, however often it is called. One that failed can be tried again, and stays in the ledger until it works.
 */
export async function beginFault(
  fault: Pick<FaultInstance<unknown>, 'id'>,
  host: Pick<FaultHost, 'intend'>,
  deed: FaultDeed,
): Promise<ActiveFault> {
  const strikeOut = await host.intend(fault.id, deed.steps);
  let undoing: Promise<void> | undefined;
  const undo = () => {
    undoing ??= deed
      .end()
      .then(strikeOut)
      .catch((error: unknown) => {
        undoing = undefined;
        throw error;
      });
    return undoing;
  };

  try {
    await deed.begin();
  } catch (error) {
    try {
      await undo();
    } catch (undoError) {
      throw new FaultError(
        'UNDO_FAILED',
        `${messageOf(error)} Undoing what was done of it failed too: ${messageOf(undoError)}`,
        error,
      );
    }
    throw error;
  }
  return { observe: () => deed.observe(), undo };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
