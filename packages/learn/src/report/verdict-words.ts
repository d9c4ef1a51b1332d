/** The words for verdicts, the same in every report. */

import type { Verdict } from '@seaworthy/break/journal';
import type { Lessons } from '../lessons.ts';
import { plural, showDuration, showShare } from '../text/figures.ts';

/** How a verdict looks and reads. A sign and a word always come together, so that nothing rests on colour. */
export interface VerdictWords {
  readonly tone: 'good' | 'bad' | 'open';
  readonly sign: string;
  readonly word: string;
}

const words: Readonly<Record<Verdict, VerdictWords>> = {
  held: { tone: 'good', sign: '✓', word: 'held' },
  failed: { tone: 'bad', sign: '✕', word: 'did not hold' },
  invalid: { tone: 'open', sign: '–', word: 'not valid' },
  'not-steady': { tone: 'open', sign: '–', word: 'not steady before' },
  'fault-not-observed': { tone: 'open', sign: '?', word: 'fault not observed' },
  'undo-failed': { tone: 'bad', sign: '✕', word: 'undo failed' },
  interrupted: { tone: 'open', sign: '–', word: 'interrupted' },
};

/** The words for a verdict; undefined is a record that breaks off. */
export function verdictWords(verdict: Verdict | undefined): VerdictWords {
  return verdict === undefined ? { tone: 'open', sign: '…', word: 'no verdict' } : words[verdict];
}

/** The words for a hypothesis; undefined is one that was not judged. */
export function heldWords(held: boolean | undefined): VerdictWords {
  if (held === undefined) return { tone: 'open', sign: '–', word: 'not judged' };
  return held ? words.held : words.failed;
}

/** How many hypotheses there were and how many held. */
export function countHeld(expectations: readonly { readonly held: boolean | undefined }[]): {
  readonly held: number;
  readonly all: number;
} {
  return { held: expectations.filter(({ held }) => held === true).length, all: expectations.length };
}

/** The verdict as one sentence. */
export function headline({ run, experiments }: Lessons): string {
  const { held, all } = countHeld(experiments.flatMap(({ trace }) => trace.expectations));
  switch (run.verdict) {
    case 'held':
      if (all === 0) return 'No hypothesis was stated.';
      return all === 1 ? 'The hypothesis held.' : `All ${all} hypotheses held.`;
    case 'failed':
      return `${all - held} of ${plural(all, 'hypothesis', 'hypotheses')} did not hold.`;
    case 'not-steady':
      return 'The system was not steady before the fault, so nothing was injected.';
    case 'fault-not-observed':
      return 'A fault was not seen to take effect, so the run says nothing about it.';
    case 'undo-failed':
      return 'A fault could not be undone. The system may still be broken.';
    case 'interrupted':
      return 'The run was interrupted before its end.';
    case 'invalid':
      return 'The run did not begin: its input was not valid.';
    default:
      return 'The record breaks off before a verdict.';
  }
}

/** What happened, in two or three sentences. */
export function lead({ run, experiments, scorecard }: Lessons): string {
  const sentences = [
    `${plural(experiments.length, 'experiment')} on ${run.system}${run.mode === 'unknown' ? '' : ` (${run.mode})`} in ${showDuration(run.to - run.from)}.`,
  ];
  const { robustness, rebound } = scorecard;
  if (robustness.measured) {
    const { mean, least, leastIn, experiments: count } = robustness.value;
    sentences.push(
      count === 1
        ? `While faults were on, ${showShare(mean)} of the usual goodput was kept.`
        : `While faults were on, ${showShare(mean)} of the usual goodput was kept on average, and ${showShare(least)} at worst (${leastIn}).`,
    );
  }
  if (rebound.measured) sentences.push(reboundSentence(rebound.value));
  return sentences.join(' ');
}

function reboundSentence(value: {
  readonly longestMs: number | undefined;
  readonly never: readonly string[];
  readonly experiments: number;
}): string {
  if (value.never.length > 0) {
    return `In ${value.never.length} of ${plural(value.experiments, 'experiment')} it was not steady again while it was watched.`;
  }
  return value.longestMs === 0
    ? 'It was steady as soon as the faults were gone.'
    : `It was steady again at most ${showDuration(value.longestMs ?? 0)} after the faults were gone.`;
}
