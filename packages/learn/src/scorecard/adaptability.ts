import type { Comparison } from '../history/compare.ts';
import { measured, type Measured, notMeasured } from './measured.ts';

/**
 * Sustained adaptability, as far as runs can show it: which hypotheses once failed and now hold, which regressed, which
 * proposed actions are done. The quality is the fourth of Woods (2015); most of it lies in people and their time (who
 * reads the report, who mends, what is given up for it), and no journal records that.
 *
 * @param comparison - this run against earlier ones of the same system and mode; undefined on the first run
 */
export function adaptability(comparison: Comparison | undefined): Measured<Comparison> {
  return comparison === undefined
    ? notMeasured('this is the first run of the system in this mode', 'run it again after the next change')
    : measured(comparison);
}
