import { OptionsError } from './errors.ts';
import type { Call } from './layer.ts';

/**
 * How important a call is, most important first. Under overload the least important go first.
 *
 * Source: Google, "Site Reliability Engineering", chapter 21, "Criticality".
 */
export type Criticality = 'CRITICAL_PLUS' | 'CRITICAL' | 'SHEDDABLE_PLUS' | 'SHEDDABLE';

/** The levels, most important first. */
export const criticalityLevels: readonly Criticality[] = [
  'CRITICAL_PLUS',
  'CRITICAL',
  'SHEDDABLE_PLUS',
  'SHEDDABLE',
];

/**
 * The rank of a call's level, its own or its caller's: 0 is the most important. One that says nothing is CRITICAL.
 *
 * @throws OptionsError when the level is none of the four
 */
export function callPriority({ options, ambient }: Call): number {
  const criticality = options.criticality ?? ambient?.criticality;
  if (criticality === undefined) return 1;
  const level = (criticalityLevels as readonly string[]).indexOf(criticality);
  if (level < 0) throw new OptionsError('criticality', criticality, `one of ${criticalityLevels.join(', ')}`);
  return level;
}
