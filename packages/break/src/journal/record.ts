/**
 * The record of a run: one JSON object a line in `journal.jsonl`, everything on one clock (Unix milliseconds).
 * Report, scorecard, post-mortem and live view are all made from these lines and from nothing else.
 */
import type { LatencyBuckets } from './latency-histogram.ts';

/** The version of the format; a reader refuses a newer one. */
export const journalVersion = 1;

export type RunRecord = { readonly at: number } & RunRecordBody;

export type RunRecordBody =
  | {
      readonly kind: 'run.started';
      readonly version: number;
      readonly runId: string;
      readonly title: string;
      readonly system: string;
      readonly mode: string;
      readonly seed: number;
      readonly experiments: readonly string[];
      readonly host: { readonly platform: string; readonly node: string; readonly cores: number };
    }
  | { readonly kind: 'run.ended'; readonly verdict: Verdict; readonly exitCode: number }
  | {
      readonly kind: 'service';
      readonly service: string;
      readonly state: ServiceState;
      readonly pid: number | undefined;
      readonly detail: string | undefined;
    }
  | {
      readonly kind: 'experiment.started';
      readonly experiment: string;
      readonly description: string | undefined;
      readonly file: string;
      readonly steadyState: readonly string[];
      readonly expectations: readonly string[];
    }
  | { readonly kind: 'phase'; readonly experiment: string; readonly phase: Phase }
  | {
      readonly kind: 'probe';
      readonly experiment: string;
      readonly phase: Phase;
      readonly probe: string;
      readonly held: boolean;
      readonly seen: string;
      readonly durationMs: number;
    }
  | { readonly kind: 'load'; readonly experiment: string; readonly sample: LoadSample }
  | { readonly kind: 'fault.injecting'; readonly experiment: string; readonly fault: FaultLabel }
  | { readonly kind: 'fault.injected'; readonly experiment: string; readonly fault: FaultLabel }
  /** The control measurement: whether the fault was seen to bite. */
  | {
      readonly kind: 'fault.observed';
      readonly experiment: string;
      readonly fault: FaultLabel;
      readonly measure: string;
      readonly before: string;
      readonly during: string;
      readonly bites: boolean;
    }
  /** The undo begins: from here the effect may be gone, though it is sure to be only at `fault.undone`. */
  | { readonly kind: 'fault.undoing'; readonly experiment: string; readonly fault: FaultLabel }
  /** A second one for the same fault says that the control measurement still sees it. */
  | {
      readonly kind: 'fault.undone';
      readonly experiment: string;
      readonly fault: FaultLabel;
      readonly ok: boolean;
      readonly detail: string | undefined;
    }
  /**
   * What a policy said. The ends of calls are counted where they happen: `calls.counted` has `succeeded`, `failed`,
   * `cancelled` and `attempts` since the count before it, so that retry load is (attempts - calls) / calls.
   * `events.dropped` has the `count` of events that were lost because nobody took them in time.
   */
  | {
      readonly kind: 'policy';
      readonly service: string;
      readonly event: {
        readonly type: string;
        readonly pipeline: string;
        readonly [detail: string]: unknown;
      };
    }
  | {
      readonly kind: 'aborted';
      readonly experiment: string;
      readonly condition: string;
      readonly seen: string;
    }
  | { readonly kind: 'note'; readonly by: string; readonly text: string }
  | { readonly kind: 'finding'; readonly experiment: string; readonly text: string }
  | {
      readonly kind: 'expectation';
      readonly experiment: string;
      readonly expected: string;
      readonly held: boolean;
      readonly seen: string;
    }
  | { readonly kind: 'experiment.ended'; readonly experiment: string; readonly verdict: Verdict };

export type ServiceState = 'starting' | 'ready' | 'exited' | 'restarted' | 'stopped';

/** The parts of an experiment, in order. */
export type Phase = 'before' | 'fault' | 'after' | 'done';

export interface FaultLabel {
  /** Unique in the run. */
  readonly id: string;
  readonly fault: string;
  /** As people read it: `inventory`, `gateway -> inventory`, `load`. */
  readonly target: string;
}

/**
 * What the load did since the last sample (every 250 ms): `due` counts the requests that fell due in this time, the
 * other counts those that ended in it. Latencies count from when a request was due, so that a stall is charged to every
 * request that it delayed.
 */
export interface LoadSample {
  readonly intervalMs: number;
  readonly due: number;
  /** Answered in time and as expected. */
  readonly good: number;
  /** Every other one; `timedOut` counts those among them that were given up. */
  readonly bad: number;
  readonly timedOut: number;
  readonly inFlight: number;
  readonly p50Ms: number | undefined;
  readonly p90Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly maxMs: number | undefined;
  /** How late the generator itself was at worst; when it is high the sample says little about the system. */
  readonly generatorLagMs: number;
  /** The same by request and period; added up they are the figures above. What counted nothing is left out. */
  readonly requests: readonly RequestSample[];
}

/** The part of a sample that belongs to the requests of one name that were due in one period. */
export interface RequestSample {
  readonly request: string;
  /** When they were due, whenever they ended: what a fault caught is charged to the fault. */
  readonly period: LoadPeriod;
  readonly due: number;
  readonly good: number;
  readonly bad: number;
  readonly timedOut: number;
  /** Why they were bad: `status 503`, `time-out`, `ECONNREFUSED`, `too many in flight`. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Latencies of the good ones and of those that timed out; add up samples to get percentiles over any time. */
  readonly latency: LatencyBuckets;
  readonly maxMs: number | undefined;
}

/** What the experiment was doing: measuring before, with a fault on, between two faults, watching after the last. */
export type LoadPeriod = 'before' | 'fault' | 'between' | 'after';

/** What a run says in the end; each has its exit code. */
export type Verdict =
  | 'held'
  | 'failed'
  | 'invalid'
  | 'not-steady'
  | 'fault-not-observed'
  | 'undo-failed'
  | 'interrupted';

/** The exit code of each verdict. */
export const exitCodes: Readonly<Record<Verdict, number>> = {
  held: 0,
  failed: 1,
  invalid: 2,
  'not-steady': 3,
  'fault-not-observed': 4,
  'undo-failed': 5,
  interrupted: 130,
};
