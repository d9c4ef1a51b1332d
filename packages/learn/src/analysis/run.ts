/**
 * The records of a run, sorted into what belongs together: the run, its experiments, their faults, probes and load.
 * Nothing is judged here. A record that breaks off (a crash, a full disk) is read as far as it goes.
 */

import type { FaultLabel, LoadSample, Phase, RunRecord, Verdict } from '@seaworthy/break/journal';

/** A stretch of time, Unix milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A sample of the load with the time that it covers. */
export interface TimedSample extends Span {
  readonly sample: LoadSample;
}

/** Part of an experiment. */
export interface PhaseSpan extends Span {
  readonly phase: Phase;
}

/** One fault from when its injection begins until it is undone; `to` is the end of the record where no undoing is recorded. */
export interface FaultWindow extends Span {
  readonly label: FaultLabel;
  /** Whether it was injected; a fault may be refused before it begins. */
  readonly injected: boolean;
  readonly undone:
    | { readonly at: number; readonly ok: boolean; readonly detail: string | undefined }
    | undefined;
  /** The control measurement. */
  readonly observed: FaultObservation | undefined;
}

/** A control measurement: the same thing measured before and during the fault. */
export interface FaultObservation {
  readonly at: number;
  readonly measure: string;
  readonly before: string;
  readonly during: string;
  readonly bites: boolean;
}

/** One answer of a probe. */
export interface ProbeReading {
  readonly at: number;
  readonly phase: Phase;
  readonly probe: string;
  readonly held: boolean;
  readonly seen: string;
  readonly durationMs: number;
}

/** A hypothesis; `held` is undefined where the run ended before it was judged. */
export interface JudgedExpectation {
  readonly expected: string;
  readonly held: boolean | undefined;
  readonly seen: string;
}

/** What a policy said, and which service's policy it was. */
export interface TimedPolicyEvent {
  readonly at: number;
  readonly service: string;
  readonly event: Extract<RunRecord, { kind: 'policy' }>['event'];
}

/** A change of a service's process. */
export type ServiceChange = Extract<RunRecord, { kind: 'service' }>;

/** One experiment as it was recorded. */
export interface ExperimentTrace extends Span {
  readonly experiment: string;
  readonly description: string | undefined;
  readonly file: string | undefined;
  readonly steadyState: readonly string[];
  readonly verdict: Verdict | undefined;
  readonly phases: readonly PhaseSpan[];
  readonly samples: readonly TimedSample[];
  readonly faults: readonly FaultWindow[];
  readonly probes: readonly ProbeReading[];
  readonly expectations: readonly JudgedExpectation[];
  readonly aborts: readonly { readonly at: number; readonly condition: string; readonly seen: string }[];
  /** Findings that the runner itself recorded. */
  readonly recordedFindings: readonly string[];
  readonly policyEvents: readonly TimedPolicyEvent[];
  readonly serviceChanges: readonly ServiceChange[];
}

/** A run as it was recorded. */
export interface RunTrace extends Span {
  readonly runId: string;
  readonly title: string;
  readonly system: string;
  readonly mode: string;
  readonly seed: number | undefined;
  readonly host: { readonly platform: string; readonly node: string; readonly cores: number } | undefined;
  /** Undefined where the record breaks off. */
  readonly verdict: Verdict | undefined;
  readonly exitCode: number | undefined;
  /** Experiments that were planned and of which there is no record. */
  readonly notRun: readonly string[];
  readonly experiments: readonly ExperimentTrace[];
  readonly policyEvents: readonly TimedPolicyEvent[];
  readonly serviceChanges: readonly ServiceChange[];
  readonly notes: readonly { readonly at: number; readonly by: string; readonly text: string }[];
}

/** Whether a moment lies in a stretch of time, both ends included. */
export function within(at: number, span: Span): boolean {
  return at >= span.from && at <= span.to;
}

/** When the experiment's clock stood at 0: the start of the fault phase, else of the first fault, else of it all. */
export function zeroOf(trace: ExperimentTrace): number {
  const phase = trace.phases.find((span) => span.phase === 'fault');
  return phase?.from ?? trace.faults[0]?.from ?? trace.from;
}
