import type { RunRecord, Verdict } from '../journal/record.ts';
import type { ExperimentOptions, SystemPort } from '../experiment/run/ports.ts';
import type { ServiceHandle } from '../faults/fault.ts';

/** A system that was started for a Game Day. */
export interface StartedSystem extends SystemPort {
  readonly services: readonly Pick<ServiceHandle, 'name' | 'pid' | 'restart'>[];
  /** Ends every process of it. */
  stop(): Promise<unknown>;
}

/** What a Game Day is run with: as an experiment, except that it starts the system itself. */
export interface GameDayOptions extends Omit<ExperimentOptions, 'system'> {
  /** Unique; the name of the run's folder. */
  readonly runId: string;
  /** Starts the system, in the Game Day's mode; rejects when it does not come up, and leaves nothing running then. */
  readonly startSystem: (start: {
    readonly onRecord: (record: RunRecord) => void;
    readonly signal: AbortSignal;
  }) => Promise<StartedSystem>;
  /** How long the system is given to be steady before each experiment, in milliseconds; 20 s by default. */
  readonly settleMs?: number;
}

/** What came of a Game Day. */
export interface GameDayOutcome {
  /** The gravest of all. */
  readonly verdict: Verdict;
  readonly exitCode: number;
  /** Those that were run, in order. */
  readonly experiments: readonly { readonly title: string; readonly verdict: Verdict }[];
}
