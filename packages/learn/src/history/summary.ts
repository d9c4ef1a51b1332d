/**
 * The short of a run, written as `summary.json` into its folder, so that a later run can look back over many without
 * reading their journals.
 */

import type { Verdict } from '@seaworthy/break/journal';

/** The version of the format; a newer one is passed over. */
export const summaryVersion = 1;

/** The name of the file in a run's folder. */
export const summaryFileName = 'summary.json';

/** One run in short. `null` stands for what was not measured or not judged. Times are Unix milliseconds. */
export interface RunSummary {
  readonly version: typeof summaryVersion;
  readonly runId: string;
  readonly title: string;
  readonly system: string;
  readonly mode: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly verdict: Verdict | null;
  readonly exitCode: number | null;
  readonly experiments: readonly ExperimentSummary[];
  readonly findings: readonly {
    readonly id: string;
    readonly kind: string;
    readonly weight: string;
    readonly text: string;
  }[];
  readonly actions: readonly ActionSummary[];
}

/** One experiment in short. */
export interface ExperimentSummary {
  readonly experiment: string;
  readonly verdict: Verdict | null;
  /** From 0 to 1. */
  readonly robustness: number | null;
  readonly reboundMs: number | null;
  /** False where it was watched and did not become steady. */
  readonly steadyAgain: boolean | null;
  readonly requests: {
    readonly due: number;
    readonly good: number;
    readonly bad: number;
    readonly timedOut: number;
  } | null;
  readonly expectations: readonly { readonly expected: string; readonly held: boolean | null }[];
}

/** An action that the run proposed, with what a later run checks it by. */
export interface ActionSummary {
  readonly id: string;
  readonly type: 'prevent' | 'detect' | 'mitigate';
  readonly text: string;
  readonly check: ActionCheck;
}

/**
 * An action is done when every hypothesis of its experiment holds, or when its finding is not found again; some only
 * people can check.
 */
export type ActionCheck =
  | { readonly kind: 'experiment'; readonly experiment: string }
  | { readonly kind: 'finding'; readonly experiment: string; readonly finding: string }
  | { readonly kind: 'by-people' };
