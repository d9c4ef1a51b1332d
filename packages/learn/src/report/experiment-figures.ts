/** The figures of an experiment as they stand in tables, the same in every report. */

import type { ExperimentLessons } from '../lessons.ts';
import { showDuration, showShare } from '../text/figures.ts';
import { reboundFigure } from './scorecard-words.ts';
import { countHeld } from './verdict-words.ts';

/** Hypotheses held, as `4 of 5`. */
export function heldOf({ trace }: ExperimentLessons): string {
  const { held, all } = countHeld(trace.expectations);
  return all === 0 ? 'none' : `${held} of ${all}`;
}

/** Robustness, or that it was not measured. */
export function robustnessOf({ robustness }: ExperimentLessons): string {
  return robustness.measured ? showShare(robustness.value.value) : 'not measured';
}

/** Rebound, or that it was not measured or did not come. */
export function reboundOf({ rebound }: ExperimentLessons): string {
  if (!rebound.measured) return 'not measured';
  const { ms, watchedMs } = rebound.value;
  return ms === undefined ? `not in ${showDuration(watchedMs)}` : reboundFigure(ms);
}
