/** The four qualities in words, the same in every report. */

import type { Measured } from '../scorecard/measured.ts';
import type { Scorecard } from '../scorecard/scorecard.ts';
import { plural, showDate, showDuration, showRate, showShare, showTimes } from '../text/figures.ts';

/** One quality as people read it. */
export interface QualityWords {
  readonly name: string;
  /** The figure, or `not measured`. */
  readonly figure: string;
  readonly measured: boolean;
  /** What the quality means, in one line. */
  readonly meaning: string;
  /** What stands behind the figure, or what would make it measurable. */
  readonly details: readonly string[];
}

/** The four qualities, in their order. */
export function scorecardWords({
  robustness,
  rebound,
  extensibility,
  adaptability,
}: Scorecard): QualityWords[] {
  return [
    quality(
      'Robustness',
      'How much of the usual goodput is kept while a fault is on. 100 % is no loss.',
      robustness,
      ({ mean, least, leastIn, experiments }) => ({
        figure: showShare(mean),
        details: [
          experiments === 1
            ? 'From one experiment.'
            : `The mean of ${experiments} experiments. The least is ${showShare(least)}: ${leastIn}.`,
        ],
      }),
    ),
    quality(
      'Rebound',
      'How long from the end of the fault until the system is steady and stays so. Shorter is better.',
      rebound,
      reboundWords,
    ),
    quality(
      'Graceful extensibility',
      'How goodput holds when more is asked than the system can do. 100 % is shedding only the excess.',
      extensibility,
      ({ value, capacityPerSecond, demandTimesCapacity, experiment, points }) => ({
        figure: showShare(value),
        details: [
          `Goodput while asked for up to ${showTimes(demandTimesCapacity)} the capacity, against the best it kept up for two seconds, ${showRate(capacityPerSecond)}: ${experiment}.`,
          `Measured at ${points.map(({ demand, goodput }) => `${showTimes(demand)} (${showShare(goodput)})`).join(', ')}; the rest of the curve up to 10× is not measured.`,
        ],
      }),
    ),
    quality(
      'Sustained adaptability',
      'Whether the system, with its people, gets better at this from run to run. A journal sees only part of it.',
      adaptability,
      ({ learned, regressed, stillFailing, earlierRuns, firstAt, actions, leastRobustness }) => ({
        figure: `${learned.length} learned, ${regressed.length} lost`,
        details: [
          `Against ${plural(earlierRuns, 'earlier run')} since ${showDate(firstAt)}.`,
          ...hypotheses('Once failed, hold now', learned),
          ...hypotheses('Held last time, fail now', regressed),
          ...hypotheses('Still fail', stillFailing),
          `Of the actions proposed by earlier runs, ${actions.closed.length} pass their check now, ${actions.open.length} do not yet, ${actions.unchecked.length} were not checked.`,
          ...(leastRobustness.before !== undefined && leastRobustness.now !== undefined
            ? [
                `Least robustness: ${showShare(leastRobustness.before)} before, ${showShare(leastRobustness.now)} now.`,
              ]
            : []),
        ],
      }),
    ),
  ];
}

function reboundWords(value: (Scorecard['rebound'] & { measured: true })['value']) {
  const { longestMs, longestIn, never, experiments } = value;
  const details = [`Goodput and probes, in ${plural(experiments, 'experiment')}; latency does not count.`];
  if (never.length > 0) details.push(`Not steady again while watched: ${never.join('; ')}.`);
  if (longestMs !== undefined && longestMs > 0) details.push(`The longest: ${longestIn ?? ''}.`);
  return {
    figure: never.length > 0 ? 'not in the watched time' : reboundFigure(longestMs ?? 0),
    details,
  };
}

/** Rebound is measured in steps of 250 ms, so nothing is said to be immediate. */
export function reboundFigure(ms: number): string {
  return ms === 0 ? 'under 250 ms' : showDuration(ms);
}

function hypotheses(
  words: string,
  names: readonly { readonly experiment: string; readonly expected: string }[],
): string[] {
  if (names.length === 0) return [];
  const groups = [...Map.groupBy(names, ({ experiment }) => experiment)];
  const shown = groups
    .slice(0, 8)
    .map(([experiment, group]) =>
      group.length === 1
        ? `“${group[0]?.expected ?? ''}” (${experiment})`
        : `${group.length} of “${experiment}”`,
    );
  const more =
    groups.length > shown.length ? `, and more in ${groups.length - shown.length} experiments` : '';
  return [`${words}: ${shown.join(', ')}${more}.`];
}

function quality<Value>(
  name: string,
  meaning: string,
  value: Measured<Value>,
  show: (value: Value) => { readonly figure: string; readonly details: readonly string[] },
): QualityWords {
  if (value.measured) return { name, meaning, measured: true, ...show(value.value) };
  return {
    name,
    meaning,
    measured: false,
    figure: 'not measured',
    details: [`${capital(value.because)}. To measure it, ${value.toMeasure}.`],
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
