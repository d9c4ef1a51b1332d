import type { FaultKind } from './fault.ts';
import { beginSlowLink } from './parts/slow-link.ts';

export interface BandwidthOptions extends Readonly<Record<string, unknown>> {
  /** How much passes a second, each way and on each connection, in bytes. */
  readonly limit: number;
}

/** What a question is made longer by: servers take headers up to 8 kB at the least. */
const paddingBytes = 6_000;
const kilobyte = 1_000;

/** Makes the line narrow: what is short passes, what is long takes long. */
export const bandwidth: FaultKind<BandwidthOptions> = {
  name: 'bandwidth',
  summary: 'Lets so many bytes a second pass, each way and on each connection.',
  targets: ['link', 'service', 'groups'],
  options: [
    {
      name: 'limit',
      type: 'size',
      default: 20 * kilobyte,
      least: kilobyte,
      // A wider line could not be told from an open one by questions.
      most: 200 * kilobyte,
      summary: 'how much passes a second, each way and on each connection',
    },
  ],
  inject(fault, host) {
    const rate = Math.round(fault.options.limit / kilobyte);
    const toxics = (['upstream', 'downstream'] as const).map((stream) => ({
      type: 'bandwidth',
      stream,
      attributes: { rate },
    }));
    const laterMs = paddingBytes / rate;
    const slow = { fault: 'bandwidth', toxics, laterMs, laterMsMax: 4 * laterMs, paddingBytes };
    return beginSlowLink(slow, fault, host);
  },
};
