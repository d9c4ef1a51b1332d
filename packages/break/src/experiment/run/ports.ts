import type { Clock, Timers } from '@seaworthy/protect';
import type { FaultHost, FaultKind } from '../../faults/fault.ts';
import type { RunRecord, Verdict } from '../../journal/record.ts';
import type { startLoadThread } from '../../load/start-load-thread.ts';
import type { askProbe } from '../../probes/ask-probe.ts';
import type { Variables } from '../../variables.ts';

/** The running system, as an experiment needs it. */
export interface SystemPort extends Pick<FaultHost, 'service' | 'link' | 'linksTo'> {
  /** What `${name}` in the experiment stands for. */
  readonly variables: Variables;
}

/** The record of the run. What services say must come in through it, too. */
export interface JournalPort {
  write(record: RunRecord): void;
  /** Calls `listener` with every record from now on; returns the function that ends it. */
  subscribe(listener: (record: RunRecord) => void): () => void;
}

/** What an experiment is run with. */
export interface ExperimentOptions {
  readonly system: SystemPort;
  /** Durably notes how a fault is undone before it is done: the ledger's. */
  readonly intend: FaultHost['intend'];
  readonly faults: readonly FaultKind[];
  readonly journal: JournalPort;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Repeats the load's schedule and choices. */
  readonly seed: number;
  /** Ends the experiment early, as Ctrl-C does: everything is undone, and the verdict is `interrupted`. */
  readonly signal?: AbortSignal;
  /** What makes the load and asks the probes; the real ones by default. */
  readonly startLoad?: typeof startLoadThread;
  readonly askProbe?: typeof askProbe;
}

/** What came of an experiment. */
export interface ExperimentOutcome {
  readonly verdict: Verdict;
  readonly expectations: readonly JudgedExpectation[];
}

/** What came of one expectation. */
export interface JudgedExpectation extends Judgement {
  readonly expected: string;
}

/** Whether a claim held, and what was seen, as people read it. */
export interface Judgement {
  readonly held: boolean;
  readonly seen: string;
}
