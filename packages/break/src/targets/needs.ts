/**
 * What a running system needs of the other parts of the lab. Whoever starts it hands them in.
 */
import type { UndoStep } from '../faults/fault.ts';

/** The ledger, in which every process stands before it may run. */
export interface ProcessLedger {
  /** Must be in the environment of every process. */
  readonly environment: Readonly<Record<string, string>>;
  /** Durably notes how something is undone, before it is done; the returned function strikes the note out. */
  intend(owner: string, steps: readonly UndoStep[]): Promise<() => Promise<void>>;
  /** Notes a process that leads its own group; rejects when it cannot be noted. */
  startedProcess(name: string, pid: number): Promise<ProcessNote>;
}

/** A process in the ledger. */
export interface ProcessNote {
  /** With its pid it names the process for undo steps. */
  readonly startedAt: string;
  /** Signals the process with its group; false when it is gone. Never reaches a later process with its pid. */
  signal(signal: NodeJS.Signals): boolean;
  /** Ends the process and whatever is left of its group, and strikes the note out. */
  end(): Promise<void>;
}

/** The event channel between the services and the lab. */
export interface WatchChannel {
  /** Where services connect, for `SEAWORTHY_WATCH_URL`. */
  readonly url: string;
  /** What they greet with, for `SEAWORTHY_WATCH_TOKEN`. */
  readonly token: string;
  /** Faults inside the services' processes. */
  readonly inside: {
    begin(
      service: string,
      id: string,
      fault: string,
      options: Readonly<Record<string, unknown>>,
      leaseMs: number,
    ): Promise<InsideMeasure>;
    end(service: string, id: string): Promise<InsideMeasure>;
  };
}

/** What was measured inside a process, by name. */
export interface InsideMeasure {
  readonly measured: Readonly<Record<string, number>>;
}
