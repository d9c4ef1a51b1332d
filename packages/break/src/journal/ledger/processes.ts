/**
 * The machine's processes. A pid alone names nobody: once its process ended, the system may give it to another. So a
 * process is always named by its pid and the moment at which it started.
 *
 * All calls are synchronous: nothing may come between the look and the signal.
 */
export interface ProcessTable {
  /** The living process with this pid; one that ended and was not yet collected by its parent does not live. */
  find(pid: number): ProcessEntry | undefined;
  /** All living processes. */
  list(): readonly ProcessEntry[];
  /** Whether the group has any process, living or not yet collected; far cheaper than a list. */
  hasGroup(group: number): boolean;
  /** The pids of the processes whose environment holds this assignment, as far as it may be seen. */
  withEnvironment(assignment: string): ReadonlySet<number>;
  /** Sends a signal to a process, or to a group by its negated number; false when there is none. */
  signal(pid: number, signal: NodeJS.Signals): boolean;
}

export interface ProcessEntry {
  readonly pid: number;
  /** The process group; the pid of the process that leads it, or led it. */
  readonly group: number;
  /** When it started, in a form that is only good for comparing. */
  readonly startedAt: string;
}

/** A process as a ledger names it. */
export type ProcessName = Pick<ProcessEntry, 'pid' | 'startedAt'>;

/** The living process of that name; never a later one with its pid. */
export function findSame(table: ProcessTable, name: ProcessName): ProcessEntry | undefined {
  const found = table.find(name.pid);
  return found?.startedAt === name.startedAt ? found : undefined;
}

/** Sends a signal to the process, and to its whole group when it leads one; false when it is gone. */
export function signalSame(table: ProcessTable, name: ProcessName, signal: NodeJS.Signals): boolean {
  const found = findSame(table, name);
  if (found === undefined) return false;
  return table.signal(found.group === found.pid ? -found.pid : found.pid, signal);
}
