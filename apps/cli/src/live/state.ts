/** What the live view knows: everything that a picture of the run at this moment needs, made from its records. */
import type { FaultLabel, LoadSample, Phase, ServiceState, Verdict } from '@seaworthy/break/journal';
import type { Tone } from './line.ts';

/** What is known of an experiment before it runs. */
export interface PlannedExperiment {
  readonly name: string;
  /** How long each of its parts takes at most. */
  readonly beforeMs: number;
  readonly faultMs: number;
  readonly afterMs: number;
}

/** A fault that is on, or about to be. */
export interface FaultRow {
  readonly label: FaultLabel;
  readonly state: 'injecting' | 'on' | 'bites' | 'not-observed';
}

/** Half a second of the load, as one bar of a chart. */
interface LoadBar {
  readonly goodPerSecond: number;
  /** Whether a fault was on. */
  readonly faulty: boolean;
}

/** What is shown of the load: how it went, and how it is. */
export interface LoadView {
  /** The latest last; no more than {@link barsMax}. */
  readonly bars: readonly LoadBar[];
  /** What has come since the last bar. */
  readonly growing: { readonly good: number; readonly ms: number; readonly faulty: boolean };
  /** The last second. */
  readonly recent: readonly LoadSample[];
}

/** A hypothesis that was judged. */
interface Judged {
  readonly expected: string;
  readonly held: boolean;
  readonly seen: string;
}

/** The experiment that runs now. */
export interface CurrentExperiment {
  readonly name: string;
  /** From 1. */
  readonly number: number;
  readonly startedAt: number;
  readonly phase: Phase | undefined;
  readonly phaseSince: number;
  readonly faults: readonly FaultRow[];
  readonly load: LoadView;
  readonly judged: readonly Judged[];
  readonly findings: readonly string[];
}

/** An experiment that came to its end. */
export interface FinishedExperiment {
  readonly name: string;
  readonly number: number;
  readonly verdict: Verdict;
  readonly durationMs: number;
  readonly judged: readonly Judged[];
  readonly findings: readonly string[];
}

/** The state of one circuit breaker, as it last said. */
interface BreakerRow {
  readonly service: string;
  readonly pipeline: string;
  readonly state: string;
}

/** Something that a watcher wants to hear of. */
interface Notable {
  readonly at: number;
  readonly text: string;
  readonly tone: Tone;
}

/** The whole of it. */
export interface LiveState {
  readonly plan: readonly PlannedExperiment[];
  readonly startedAt: number | undefined;
  readonly title: string;
  readonly mode: string;
  readonly services: Readonly<Record<string, ServiceState>>;
  readonly current: CurrentExperiment | undefined;
  readonly finished: readonly FinishedExperiment[];
  readonly breakers: readonly BreakerRow[];
  readonly notable: readonly Notable[];
  /** What was notable the first time only, in this experiment. */
  readonly said: ReadonlySet<string>;
  readonly ended: { readonly verdict: Verdict; readonly exitCode: number } | undefined;
}

/** How much is kept: a minute of bars, and a handful of events. */
export const barsMax = 120;
export const barMs = 500;
export const recentSamples = 4;
export const notableMax = 8;
export const breakersMax = 64;

/** The load before its first sample. */
export const initialLoad: LoadView = { bars: [], growing: { good: 0, ms: 0, faulty: false }, recent: [] };

/** The view before the first record. */
export function initialState(plan: readonly PlannedExperiment[] = []): LiveState {
  return {
    plan,
    startedAt: undefined,
    title: '',
    mode: '',
    services: {},
    current: undefined,
    finished: [],
    breakers: [],
    notable: [],
    said: new Set(),
    ended: undefined,
  };
}
