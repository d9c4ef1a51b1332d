import { binLoad, type LoadBin } from '../analysis/load-bins.ts';
import type { ExperimentTrace, RunTrace } from '../analysis/run.ts';
import { measured, type Measured, notMeasured } from './measured.ts';

/** How goodput holds where more is asked than the system can do. */
export interface Extensibility {
  readonly experiment: string;
  /** Mean goodput while overloaded, as a share of the capacity; 1 is a system that sheds what it cannot do. */
  readonly value: number;
  /** The best goodput that was kept up for two seconds: a lower bound of the true capacity. */
  readonly capacityPerSecond: number;
  /** How many times the capacity was asked at most, over one second. */
  readonly demandTimesCapacity: number;
  /** Goodput by demand, both as shares of the capacity, each a mean over the seconds of about that demand. */
  readonly points: readonly { readonly demand: number; readonly goodput: number; readonly seconds: number }[];
}

/** A second in which at least this share of the demand is served well is not overloaded. */
const servedShare = 0.95;

/**
 * Graceful extensibility: goodput against capacity where the demand is beyond it, from experiments with a fault on the
 * load.
 *
 *     C = the best mean of two seconds of goodput        GE = mean over overloaded seconds of min(1, g / C)
 *
 * A second is overloaded when less than 95 % of what was due was served well. Capacity is not known from outside, so C is
 * the best that was seen; the figure tells how far goodput falls from its own best, which is the fall that metastable
 * failures show (Bronson et al. 2021, "Metastable failures in distributed systems", HotOS). DESIGN.md asks for 1, 2, 5
 * and 10 times capacity; a single spike gives one or two points of that curve, and those are named. Where a spike was
 * served entirely, nothing was learnt of the edge, and that is said.
 */
export function extensibility(run: RunTrace): Measured<Extensibility> {
  const spikes = run.experiments.filter((trace) =>
    trace.faults.some((fault) => fault.injected && fault.label.target.trim() === 'load'),
  );
  if (spikes.length === 0) {
    return notMeasured('no experiment raises the load', 'add an experiment with a traffic spike');
  }
  const reached = spikes.flatMap((trace) => overloaded(trace) ?? []);
  const worst = reached.sort((one, other) => one.value - other.value)[0];
  return worst === undefined
    ? notMeasured(
        'the spike was served entirely, so the capacity lies above it',
        'raise the spike until the system has to refuse some of it',
      )
    : measured(worst);
}

function overloaded(trace: ExperimentTrace): Extensibility | undefined {
  const seconds = spikeSeconds(trace);
  const over = seconds.filter((bin) => bin.due > 0 && bin.good < servedShare * bin.due);
  const capacityPerSecond = best(binLoad(trace.samples, trace, 1000).filter(isFull));
  if (over.length === 0 || capacityPerSecond === undefined) return undefined;
  const beyond = over.filter((bin) => bin.due > capacityPerSecond);
  if (beyond.length === 0) return undefined;
  const goodput = (bin: LoadBin) => Math.min(1, bin.good / capacityPerSecond);
  return {
    experiment: trace.experiment,
    value: mean(beyond.map(goodput)),
    capacityPerSecond,
    demandTimesCapacity: Math.max(...beyond.map((bin) => bin.due / capacityPerSecond)),
    points: points(beyond, capacityPerSecond, goodput),
  };
}

function spikeSeconds(trace: ExperimentTrace): LoadBin[] {
  return trace.faults
    .filter((fault) => fault.injected && fault.label.target.trim() === 'load')
    .flatMap((fault) => binLoad(trace.samples, fault, 1000))
    .filter(isFull);
}

function points(bins: readonly LoadBin[], capacity: number, goodput: (bin: LoadBin) => number) {
  const groups = Map.groupBy(bins, (bin) => Math.round((bin.due / capacity) * 2) / 2);
  return [...groups.entries()]
    .sort(([one], [other]) => one - other)
    .map(([demand, group]) => ({ demand, goodput: mean(group.map(goodput)), seconds: group.length }));
}

/** The best goodput kept up for two seconds in a row; one second alone may hold the late answers of another. */
function best(bins: readonly LoadBin[]): number | undefined {
  let most: number | undefined;
  bins.forEach((bin, index) => {
    const next = bins[index + 1];
    if (next === undefined || next.from - bin.to > 1) return;
    const rate = (bin.good + next.good) / 2;
    if (rate > 0 && (most === undefined || rate > most)) most = rate;
  });
  return most;
}

function isFull(bin: LoadBin): boolean {
  return bin.to - bin.from > 999 && bin.to - bin.from < 1001;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
