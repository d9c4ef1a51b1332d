import type { FaultHost, FaultInstance, ActiveFault } from '../fault.ts';
import { aimedLinks, showLink } from './aim.ts';
import { answerWithinMs, showMs } from './ask.ts';
import { beginFault } from './begin-fault.ts';
import { type LinkToxic, linkToxics } from './link-toxics.ts';
import { meanRoundTrip } from './round-trip.ts';

/** How a fault makes links slow, and how that is seen. */
export interface SlowLink {
  readonly fault: string;
  readonly toxics: readonly LinkToxic[];
  /** How much longer a round trip takes on the mean, in milliseconds; seen is at least half of it. */
  readonly laterMs: number;
  /** The longest that it may take, in milliseconds. */
  readonly laterMsMax: number;
  /** Makes the control's questions so much longer; 0 when left out. */
  readonly paddingBytes?: number;
}

/** Begins a fault that makes answers come later: the control measurement is the mean of round trips. */
export async function beginSlowLink(
  { fault: name, toxics: wanted, laterMs, laterMsMax, paddingBytes = 0 }: SlowLink,
  fault: FaultInstance<unknown>,
  host: FaultHost,
): Promise<ActiveFault> {
  const links = aimedLinks(name, fault.target, host);
  const toxics = linkToxics(fault.id, links, wanted);
  const before = await meanRoundTrip(links, answerWithinMs, paddingBytes);
  const question = paddingBytes > 0 ? ` of a question of ${Math.round(paddingBytes / 1000)} kB` : '';

  return beginFault(fault, host, {
    // The links are the lab's own, and gone when it is.
    steps: [],
    begin: () => toxics.begin(),
    end: () => toxics.end(),
    async observe() {
      const during = await meanRoundTrip(links, answerWithinMs + laterMsMax, paddingBytes);
      const later = (during ?? NaN) - (before ?? NaN);
      return {
        measure: `mean round trip${question} over ${links.map(showLink).join(', ')}`,
        before: before === undefined ? 'no answer' : showMs(before),
        during: during === undefined ? 'no answer' : showMs(during),
        bites: toxics.on() && later >= laterMs / 2,
      };
    },
  });
}
