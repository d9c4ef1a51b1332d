import type { Finding } from '../analysis/finding.ts';
import type { LoadBin } from '../analysis/load-bins.ts';
import type { ExperimentTrace, RunTrace } from '../analysis/run.ts';
import type { Measured } from '../scorecard/measured.ts';
import type { Rebound } from '../scorecard/rebound.ts';
import type { Robustness } from '../scorecard/robustness.ts';
import { type ActionSummary, type ExperimentSummary, type RunSummary, summaryVersion } from './summary.ts';

/** What a summary is made from. */
export interface Summarizable {
  readonly run: RunTrace;
  readonly experiments: readonly {
    readonly trace: ExperimentTrace;
    readonly load: LoadBin | undefined;
    readonly robustness: Measured<Robustness>;
    readonly rebound: Measured<Rebound>;
  }[];
  readonly findings: readonly Finding[];
  readonly actions: readonly ActionSummary[];
}

/** The short of a run, for its `summary.json`. */
export function summarize({ run, experiments, findings, actions }: Summarizable): RunSummary {
  return {
    version: summaryVersion,
    runId: run.runId,
    title: run.title,
    system: run.system,
    mode: run.mode,
    startedAt: run.from,
    endedAt: run.to,
    verdict: run.verdict ?? null,
    exitCode: run.exitCode ?? null,
    experiments: experiments.map(experimentSummary),
    findings: findings.map(({ id, kind, weight, text }) => ({ id, kind, weight, text })),
    actions: actions.map(({ id, type, text, check }) => ({ id, type, text, check })),
  };
}

function experimentSummary({
  trace,
  load,
  robustness,
  rebound,
}: Summarizable['experiments'][number]): ExperimentSummary {
  return {
    experiment: trace.experiment,
    verdict: trace.verdict ?? null,
    robustness: robustness.measured ? rounded(robustness.value.value) : null,
    reboundMs: rebound.measured ? (rebound.value.ms ?? null) : null,
    steadyAgain: rebound.measured ? rebound.value.ms !== undefined : null,
    requests:
      load === undefined
        ? null
        : {
            due: load.due,
            good: load.good,
            bad: load.bad,
            timedOut: load.timedOut,
          },
    expectations: trace.expectations.map(({ expected, held }) => ({ expected, held: held ?? null })),
  };
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
