import type { UndoStep } from '../../faults/fault.ts';

/** The version of the ledger's format. */
export const ledgerVersion = 1;

/** The ledger's folder within the folder of its run, and the files in it. */
export const ledgerFiles = {
  folder: 'ledger',
  ledger: 'ledger.jsonl',
  /** What was undone by somebody else than the runner. */
  undone: 'undone.jsonl',
  /** What the watchdog had to say when it could say it nowhere else. */
  watchdogLog: 'watchdog.log',
} as const;

/** What the ledger can undo: the steps of faults, and those of the lab itself. */
export type LedgerStep =
  | UndoStep
  /** Ends a process that the lab started, and its whole group. */
  | {
      readonly do: 'end-process';
      readonly name: string;
      readonly pid: number;
      readonly startedAt: string;
    }
  | { readonly do: 'remove-folder'; readonly path: string };

/** One line of the ledger. */
export type LedgerLine =
  | {
      readonly kind: 'opened';
      readonly at: number;
      readonly version: number;
      readonly runner: { readonly pid: number; readonly startedAt: string };
      /** The assignment that stands in the environment of every process which the lab started. */
      readonly mark: string;
    }
  | ({ readonly kind: 'intended'; readonly at: number } & LedgerEntry)
  | { readonly kind: 'struck'; readonly at: number; readonly id: number }
  | { readonly kind: 'closed'; readonly at: number };

/** Something that must be undone. */
export interface LedgerEntry {
  readonly id: number;
  /** Whose it is: a fault's id, or a service. */
  readonly owner: string;
  readonly steps: readonly LedgerStep[];
}

/** What a ledger says. */
export interface LedgerState {
  readonly opened: Extract<LedgerLine, { kind: 'opened' }> | undefined;
  /** What was not struck out, newest first. */
  readonly open: readonly LedgerEntry[];
  readonly closed: boolean;
  /** The numbers of lines that could not be read. A ledger is read in need: what is legible counts. */
  readonly damagedLines: readonly number[];
}

/** Reads the text of a ledger. A last line that was cut off is no damage: the deed it announces was not done. */
export function parseLedger(text: string): LedgerState {
  let opened: LedgerState['opened'];
  let closed = false;
  const open = new Map<number, LedgerEntry>();
  const damagedLines: number[] = [];

  const lines = text.split('\n');
  const last = lines.length;
  for (const [index, lineText] of lines.entries()) {
    if (lineText === '') continue;
    const line = parseLine(lineText);
    if (line === undefined) {
      if (index + 1 < last) damagedLines.push(index + 1);
    } else if (line.kind === 'opened') opened ??= line;
    else if (line.kind === 'intended') open.set(line.id, line);
    else if (line.kind === 'struck') open.delete(line.id);
    else closed = true;
  }
  return { opened, open: [...open.values()].toReversed(), closed, damagedLines };
}

function parseLine(text: string): LedgerLine | undefined {
  let line: Partial<Record<string, unknown>>;
  try {
    line = JSON.parse(text) as Partial<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  if (typeof line !== 'object' || line === null) return undefined;
  const fits =
    line['kind'] === 'opened'
      ? line['version'] === ledgerVersion && typeof line['mark'] === 'string'
      : line['kind'] === 'intended'
        ? Number.isInteger(line['id']) && Array.isArray(line['steps'])
        : line['kind'] === 'struck'
          ? Number.isInteger(line['id'])
          : line['kind'] === 'closed';
  return fits ? (line as unknown as LedgerLine) : undefined;
}
