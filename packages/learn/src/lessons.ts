/**
 * Everything that the records of a run teach, as plain data. Report, Markdown, post-mortem and summary are four ways of
 * writing it down, and compute nothing themselves.
 */

import type { RunRecord } from '@seaworthy/break/journal';
import { type Absorption, absorptions } from './analysis/absorption.ts';
import { type Amplification, amplification } from './analysis/amplification.ts';
import { type BreakerBands, breakerBands, clipBands } from './analysis/breaker-bands.ts';
import { experimentFindings } from './analysis/experiment-findings.ts';
import { byWeight, type Finding } from './analysis/finding.ts';
import { type BeforeLevel, beforeLevel } from './analysis/goodput.ts';
import { type LoadBin, totalLoad } from './analysis/load-bins.ts';
import { type Moment, momentsOf } from './analysis/moments.ts';
import { readRun } from './analysis/read-run.ts';
import { type RequestFigures, requestFigures } from './analysis/request-figures.ts';
import { runFindings } from './analysis/run-findings.ts';
import type { ExperimentTrace, RunTrace } from './analysis/run.ts';
import { compareWithHistory } from './history/compare.ts';
import { summarize } from './history/summarize.ts';
import type { RunSummary } from './history/summary.ts';
import { type ProposedAction, proposeActions } from './postmortem/actions.ts';
import type { Measured } from './scorecard/measured.ts';
import { rebound, type Rebound } from './scorecard/rebound.ts';
import { robustness, type Robustness } from './scorecard/robustness.ts';
import { type Scorecard, scorecard } from './scorecard/scorecard.ts';

/** What a run teaches. */
export interface Lessons {
  readonly run: RunTrace;
  readonly experiments: readonly ExperimentLessons[];
  readonly scorecard: Scorecard;
  /** Of the whole run and of all experiments, what is to be mended first. */
  readonly findings: readonly Finding[];
  readonly actions: readonly ProposedAction[];
  readonly summary: RunSummary;
}

/** What one experiment teaches. */
export interface ExperimentLessons {
  readonly trace: ExperimentTrace;
  readonly before: BeforeLevel | undefined;
  /** The whole load as one sum. */
  readonly load: LoadBin | undefined;
  readonly requests: readonly RequestFigures[];
  readonly absorptions: readonly Absorption[];
  readonly amplification: readonly Amplification[];
  /** Every breaker that spoke in the run, its states within this experiment. */
  readonly breakers: readonly BreakerBands[];
  readonly moments: readonly Moment[];
  readonly robustness: Measured<Robustness>;
  readonly rebound: Measured<Rebound>;
  readonly findings: readonly Finding[];
}

/**
 * Learns from the records of a run.
 *
 * @param records - all records, in any order
 * @param earlier - the summaries of earlier runs, for the fourth quality; none by default
 * @example
 * const { scorecard, findings } = learn(await Array.fromAsync(readJournal(folder)));
 */
export function learn(records: Iterable<RunRecord>, earlier: readonly RunSummary[] = []): Lessons {
  const run = readRun(records);
  const breakers = breakerBands(run);
  const experiments = run.experiments.map((trace) => experimentLessons(run, trace, breakers));
  const findings = byWeight([...experiments.flatMap((lessons) => lessons.findings), ...runFindings(run)]);
  const actions = proposeActions(experiments);
  const summary = summarize({ run, experiments, findings, actions });
  return {
    run,
    experiments,
    findings,
    actions,
    summary,
    scorecard: scorecard(
      run,
      experiments.map((lessons) => ({ experiment: lessons.trace.experiment, ...lessons })),
      compareWithHistory(summary, earlier),
    ),
  };
}

function experimentLessons(
  run: RunTrace,
  trace: ExperimentTrace,
  breakers: readonly BreakerBands[],
): ExperimentLessons {
  const before = beforeLevel(trace);
  const lessons = {
    trace,
    before,
    load: totalLoad(trace.samples),
    requests: requestFigures(trace.samples),
    absorptions: absorptions(run, trace),
    amplification: amplification(trace),
    breakers: breakers.map((breaker) => clipBands(breaker, trace)),
    moments: momentsOf(run, trace),
    robustness: robustness(trace, before),
    rebound: rebound(trace, before),
  };
  const again = lessons.rebound.measured ? lessons.rebound.value : undefined;
  return {
    ...lessons,
    findings: experimentFindings({
      ...lessons,
      steadyAgain: again === undefined ? undefined : again.ms !== undefined,
      watchedMs: again?.watchedMs,
    }),
  };
}
