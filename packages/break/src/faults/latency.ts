import type { FaultKind } from './fault.ts';
import { beginSlowLink } from './parts/slow-link.ts';

export interface LatencyOptions extends Readonly<Record<string, unknown>> {
  /** How much later answers come, in milliseconds. */
  readonly delay: number;
  /** The most by which a delay is longer or shorter at random, in milliseconds. */
  readonly jitter: number;
}

/** Makes answers come later, as a slow dependency or a long way does. */
export const latency: FaultKind<LatencyOptions> = {
  name: 'latency',
  summary: 'Delays what comes back over the link.',
  targets: ['link', 'service', 'groups'],
  options: [
    { name: 'delay', type: 'duration', default: 500, least: 1, summary: 'how much later answers come' },
    { name: 'jitter', type: 'duration', default: 0, summary: 'the most by which a delay differs at random' },
  ],
  check({ delay, jitter }) {
    return jitter > delay ? { option: 'jitter', problem: 'must be at most `delay`' } : undefined;
  },
  inject(fault, host) {
    const { delay, jitter } = fault.options;
    const attributes = { latency: Math.round(delay), jitter: Math.round(jitter) };
    const toxics = [{ type: 'latency', stream: 'downstream', attributes }] as const;
    return beginSlowLink(
      { fault: 'latency', toxics, laterMs: delay, laterMsMax: delay + jitter },
      fault,
      host,
    );
  },
};
