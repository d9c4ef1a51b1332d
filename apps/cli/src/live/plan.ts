import type { Experiment, GameDay } from '@seaworthy/break/experiment';
import type { PlannedExperiment } from './state.ts';

/** How long each part of each experiment takes at most, for the time that is left. */
export function planOf({ experiments }: GameDay): readonly PlannedExperiment[] {
  return experiments.map(({ title, beforeMs, afterMs, method, expect }: Experiment) => ({
    name: title,
    beforeMs,
    faultMs: Math.max(0, ...method.map((step) => step.atMs + step.forMs)),
    // A hypothesis that the system is steady again is given its time.
    afterMs: Math.max(
      afterMs,
      ...expect.map((claim) => (claim.kind === 'steady-again' ? claim.withinMs : 0)),
    ),
  }));
}
