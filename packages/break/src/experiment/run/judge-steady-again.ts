/**
 * Rebound: from when on the system is steady again, and stays so to the end of the watch. Every probe must hold from
 * then on, and the load must succeed as before: over all that follows at most one percentage point less, and in no
 * second more than five points less, one bad request set aside. So neither a lucky moment within an outage counts as
 * recovery, nor does one stray error undo it.
 */
import { showMs } from '../../probes/show.ts';
import type { Claim, Probe } from '../model.ts';
import { addUp, valueOf } from './load-figures.ts';
import type { Judgement } from './ports.ts';
import { showShare } from './show.ts';
import { faultsEndedAt, type Trace } from './trace.ts';

/** How much less than before still counts as before. */
const toleranceOverall = 0.01;
const toleranceInASecond = 0.05;
/** To stay steady is to be so for at least this long. */
export const holdMs = 1_000;

/** Judges whether the system was steady again in time. */
export function judgeSteadyAgain(
  claim: Extract<Claim, { kind: 'steady-again' }>,
  trace: Trace,
  steadyState: readonly Probe[],
): Judgement {
  const ended = faultsEndedAt(trace);
  if (ended === undefined) return { held: false, seen: 'the faults were not all undone' };
  const from = ended.undoneAt;
  const findings = [
    loadSteadyAt(trace, from),
    ...steadyState.map((probe) => probeSteadyAt(probe.name, trace, from)),
  ].filter((finding) => finding !== undefined);
  if (findings.length === 0) return { held: false, seen: 'there is neither load nor probe to tell' };

  const never = findings.find((finding) => 'never' in finding);
  if (never !== undefined && 'never' in never) {
    return { held: false, seen: `not within the ${showMs(trace.endAt - from)} watched: ${never.never}` };
  }
  const elapsedMs = Math.max(...findings.map((finding) => ('at' in finding ? finding.at - from : 0)));
  const seen = elapsedMs <= 0 ? 'at once' : `after ${showMs(elapsedMs)}`;
  return { held: elapsedMs <= claim.withinMs, seen };
}

/** From when on it is steady, or why it never is. */
type Steadiness = { readonly at: number } | { readonly never: string };

function probeSteadyAt(name: string, trace: Trace, from: number): Steadiness {
  const readings = trace.probes.filter(
    (reading) => reading.probe === name && reading.phase === 'after' && reading.from >= from,
  );
  const lastFailure = readings.findLastIndex((reading) => !reading.held);
  const first = readings[lastFailure + 1];
  // What was asked first, and held, had no time to be unsteady.
  if (first !== undefined) return { at: lastFailure === -1 ? from : first.from };
  return {
    never: readings.length === 0 ? `\`${name}\` was not asked` : `\`${name}\`: ${readings.at(-1)?.seen}`,
  };
}

interface Slice {
  readonly from: number;
  readonly to: number;
  readonly due: number;
  readonly good: number;
  readonly bad: number;
}

function loadSteadyAt(trace: Trace, from: number): Steadiness | undefined {
  if (trace.samples.length === 0) return undefined;
  const before = trace.samples.flatMap(({ sample }) =>
    sample.requests.filter(({ period }) => period === 'before'),
  );
  const level = valueOf('success-rate', addUp(before, 0)) ?? 1;
  const slices: Slice[] = trace.samples
    .filter(({ to }) => to > from)
    .map(({ from: begin, to, sample }) => {
      const { due, good, bad } = addUp(
        sample.requests.filter(({ period }) => period === 'after'),
        0,
      );
      return { from: Math.max(from, begin), to, due, good, bad };
    });
  const end = slices.at(-1)?.to ?? from;
  const first = slices.findIndex((slice, index) => {
    return end - slice.from >= holdMs && staysSteady(slices.slice(index), level);
  });
  const steady = slices[first];
  if (steady !== undefined) return { at: steady.from };
  const last = addUpSlices(slices.filter(({ to }) => to > end - holdMs));
  const share = showShare(last.good / Math.max(1, last.good + last.bad));
  return {
    never: `in the last second ${share} of the load succeeded, before the faults ${showShare(level)}`,
  };
}

function staysSteady(slices: readonly Slice[], level: number): boolean {
  const all = addUpSlices(slices);
  if (!isWithin(all, level, toleranceOverall)) return false;
  let begin = 0;
  for (const [index, slice] of slices.entries()) {
    while (slice.to - (slices[begin]?.from ?? slice.from) > holdMs && begin < index) begin++;
    const second = slices.slice(begin, index + 1);
    const sum = addUpSlices(second);
    if (!isWithin(sum, level, toleranceInASecond)) return false;
    // Requests that are due and have no answer for a whole second are no success either.
    const whole = slice.to - (second[0]?.from ?? slice.to) >= holdMs * 0.9;
    if (whole && sum.due > 1 && sum.good + sum.bad === 0) return false;
  }
  return true;
}

function isWithin({ good, bad }: Pick<Slice, 'good' | 'bad'>, level: number, tolerance: number): boolean {
  return bad <= 1 || good / (good + bad) >= level - tolerance;
}

function addUpSlices(slices: readonly Slice[]): Pick<Slice, 'due' | 'good' | 'bad'> {
  let [due, good, bad] = [0, 0, 0];
  for (const slice of slices) {
    due += slice.due;
    good += slice.good;
    bad += slice.bad;
  }
  return { due, good, bad };
}
