import { type BeforeLevel, faultTime, servedIn, servedOver } from '../analysis/goodput.ts';
import { binLoad } from '../analysis/load-bins.ts';
import type { ExperimentTrace } from '../analysis/run.ts';
import { measured, type Measured, notMeasured } from './measured.ts';

/** How little of the steady state was lost while faults were on. */
export interface Robustness {
  /** From 0 (nothing was served) to 1 (nothing was lost). */
  readonly value: number;
  /** Requests that the level before would have served and that were not. */
  readonly lost: number;
  /** The worst full second, as a share of the level before; undefined where no fault lasted one. */
  readonly worstSecond: number | undefined;
}

/**
 * Robustness of one experiment: the area under the goodput curve while faults were on, as a share of the area that the
 * level before would have filled.
 *
 * With goodput g(t), demand d(t) and the goodput before g0, both in requests a second, over the time F in which at
 * least one fault was on, in steps of one second:
 *
 *     w(t) = min(g0, d(t))        R = ∑ min(g, w) / ∑ w        lost = ∑ w − ∑ min(g, w)
 *
 * d is what ended in a second where that differs from what was due only by chance (see `servedIn`). The cut at w keeps a burst of late answers from making up for an outage. It is the complement of the loss triangle of
 * Bruneau et al. (2003), "A framework to quantitatively assess and enhance the seismic resilience of communities",
 * Earthquake Spectra 19(4), cut at the fault's end, since what comes after is rebound; the quality is the second of
 * Woods (2015), "Four concepts for resilience and the implications for the future of resilience engineering",
 * Reliability Engineering & System Safety 141.
 */
export function robustness(trace: ExperimentTrace, level: BeforeLevel | undefined): Measured<Robustness> {
  if (trace.samples.length === 0) return notMeasured('the experiment has no load', 'give it a load');
  const time = faultTime(trace);
  if (time.length === 0) return notMeasured('no fault was injected', 'let the run reach its first fault');
  if (level === undefined) {
    return notMeasured(
      'there is no goodput before the fault to compare with',
      'let the load run for a few seconds before the first fault',
    );
  }
  const { wanted, served } = servedOver(trace, level, time);
  if (wanted <= 0)
    return notMeasured('nothing was asked while the fault was on', 'let the load outlast the fault');
  const seconds = time
    .flatMap((span) => binLoad(trace.samples, span, 1000))
    .filter((bin) => bin.to - bin.from > 999)
    .map((bin) => servedIn(bin, level))
    .filter((second) => second.wanted > 0)
    .map((second) => second.served / second.wanted);
  return measured({
    value: Math.min(1, served / wanted),
    lost: wanted - served,
    worstSecond: seconds.length > 0 ? Math.min(...seconds) : undefined,
  });
}
