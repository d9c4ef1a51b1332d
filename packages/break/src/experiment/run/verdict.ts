import type { Verdict } from '../../journal/record.ts';

/**
 * What outweighs what, the gravest first. What may have been left behind comes before all else; then that the run was
 * cut short; then that a fault was not seen, since what held without it proves nothing. A hypothesis that failed
 * outweighs an experiment that could not begin: the failure is often why the next one could not.
 */
const gravestFirst: readonly Verdict[] = [
  'undo-failed',
  'interrupted',
  'invalid',
  'fault-not-observed',
  'failed',
  'not-steady',
  'held',
];

/** The gravest of several verdicts; `held` when there are none. */
export function gravest(verdicts: Iterable<Verdict>): Verdict {
  const given = new Set(verdicts);
  return gravestFirst.find((verdict) => given.has(verdict)) ?? 'held';
}
