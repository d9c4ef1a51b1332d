/** The four qualities of Woods over a whole run. */

import type { Comparison } from '../history/compare.ts';
import type { RunTrace } from '../analysis/run.ts';
import { adaptability } from './adaptability.ts';
import { extensibility, type Extensibility } from './extensibility.ts';
import { measured, type Measured, notMeasured } from './measured.ts';
import type { Rebound } from './rebound.ts';
import type { Robustness } from './robustness.ts';

/** What is known of one experiment. */
export interface ExperimentScores {
  readonly experiment: string;
  readonly robustness: Measured<Robustness>;
  readonly rebound: Measured<Rebound>;
}

/** The four qualities, each measured or with the reason why not. */
export interface Scorecard {
  /** The mean over the experiments, and the least of them. */
  readonly robustness: Measured<{
    readonly mean: number;
    readonly least: number;
    readonly leastIn: string;
    readonly experiments: number;
  }>;
  /** The longest rebound, and the experiments that were not steady again while they were watched. */
  readonly rebound: Measured<{
    readonly longestMs: number | undefined;
    readonly longestIn: string | undefined;
    readonly never: readonly string[];
    readonly experiments: number;
  }>;
  readonly extensibility: Measured<Extensibility>;
  readonly adaptability: Measured<Comparison>;
}

/** Sums the experiments up; the worst one names itself, since a mean hides it. */
export function scorecard(
  run: RunTrace,
  scores: readonly ExperimentScores[],
  comparison: Comparison | undefined,
): Scorecard {
  return {
    robustness: robustnessOf(scores),
    rebound: reboundOf(scores),
    extensibility: extensibility(run),
    adaptability: adaptability(comparison),
  };
}

function robustnessOf(scores: readonly ExperimentScores[]): Scorecard['robustness'] {
  const known = scores.flatMap(({ experiment, robustness }) =>
    robustness.measured ? [{ experiment, value: robustness.value.value }] : [],
  );
  const [first, ...rest] = known;
  if (first === undefined) return notMeasuredAnywhere(scores.map(({ robustness }) => robustness));
  const least = rest.reduce((lowest, next) => (next.value < lowest.value ? next : lowest), first);
  return measured({
    mean: known.reduce((sum, { value }) => sum + value, 0) / known.length,
    least: least.value,
    leastIn: least.experiment,
    experiments: known.length,
  });
}

function reboundOf(scores: readonly ExperimentScores[]): Scorecard['rebound'] {
  const known = scores.flatMap(({ experiment, rebound }) =>
    rebound.measured ? [{ experiment, ms: rebound.value.ms }] : [],
  );
  if (known.length === 0) return notMeasuredAnywhere(scores.map(({ rebound }) => rebound));
  const again = known.flatMap(({ experiment, ms }) => (ms === undefined ? [] : [{ experiment, ms }]));
  const longest = again.sort((one, other) => other.ms - one.ms)[0];
  return measured({
    longestMs: longest?.ms,
    longestIn: longest?.experiment,
    never: known.filter(({ ms }) => ms === undefined).map(({ experiment }) => experiment),
    experiments: known.length,
  });
}

/** The reason that the experiments give; the first one speaks for all. */
function notMeasuredAnywhere(values: readonly Measured<unknown>[]): Measured<never> {
  const reason = values.find((value) => !value.measured);
  return reason === undefined || reason.measured
    ? notMeasured('no experiment ran', 'let the run reach its first experiment')
    : notMeasured(reason.because, reason.toMeasure);
}
