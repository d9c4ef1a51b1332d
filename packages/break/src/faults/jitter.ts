import type { FaultKind } from './fault.ts';
import { beginSlowLink } from './parts/slow-link.ts';

export interface JitterOptions extends Readonly<Record<string, unknown>> {
  /** How the delays are spread. */
  readonly distribution: 'uniform' | 'normal' | 'exponential' | 'pareto';
  /** The mean delay, in milliseconds. */
  readonly mean: number;
  /** The standard deviation of `normal` and `uniform`, in milliseconds. */
  readonly deviation: number;
  /** No delay is longer, in milliseconds. */
  readonly longest: number;
}

/** Makes answers come later by times that differ as those of real networks do. */
export const jitter: FaultKind<JitterOptions> = {
  name: 'jitter',
  summary: 'Delays what comes back over the link by times of a distribution.',
  targets: ['link', 'service', 'groups'],
  options: [
    {
      name: 'distribution',
      type: 'choice',
      choices: ['uniform', 'normal', 'exponential', 'pareto'],
      default: 'exponential',
      summary: 'how the delays are spread: pareto has a long tail, exponential is that of queues',
    },
    { name: 'mean', type: 'duration', default: 200, least: 1, summary: 'the mean delay' },
    {
      name: 'deviation',
      type: 'duration',
      default: 50,
      summary: 'the standard deviation, with `normal` and `uniform`',
    },
    { name: 'longest', type: 'duration', default: 5_000, least: 1, summary: 'no delay is longer' },
  ],
  check({ mean, longest }) {
    return longest < mean ? { option: 'longest', problem: 'must be at least `mean`' } : undefined;
  },
  inject(fault, host) {
    const { distribution, mean, deviation, longest } = fault.options;
    const attributes = { distribution, mean, deviation, max: longest };
    const toxics = [{ type: 'jitter', stream: 'downstream', attributes }] as const;
    // Half of its questions may come before the mean, and its tail is long.
    return beginSlowLink({ fault: 'jitter', toxics, laterMs: mean / 2, laterMsMax: longest }, fault, host);
  },
};
