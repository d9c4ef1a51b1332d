import { type Moment, offsetOf } from '../analysis/moments.ts';
import type { ExperimentLessons, Lessons } from '../lessons.ts';
import { showClock, showOffset } from '../text/figures.ts';
import { markdownCode as code, markdownTable as table } from '../text/markdown.ts';
import { verdictWords } from '../report/verdict-words.ts';

/** The timeline of a run as tables, one for each experiment: what was seen, in order, with its time. */
export function timelineLines({ experiments, run }: Lessons): string[] {
  const lines = experiments.flatMap(experimentLines);
  const end = `The run ended at ${showClock(run.to)}: ${verdictWords(run.verdict).word}.`;
  return [...lines, run.verdict === undefined ? 'The record breaks off without a verdict.' : end, ''];
}

function experimentLines({ trace, moments, before }: ExperimentLessons): string[] {
  const steady =
    before === undefined
      ? 'Experiment begins'
      : `Experiment begins; steady at ${Math.round(before.goodPerSecond)} good answers a second`;
  const rows: Pick<Moment, 'at' | 'text'>[] = [
    { at: trace.from, text: steady },
    ...moments,
    { at: trace.to, text: `Experiment ends: ${verdictWords(trace.verdict).word}` },
  ];
  return [
    `### ${code(trace.experiment)}`,
    '',
    ...table(
      ['Time', 'Clock', 'What was seen'],
      rows.map(({ at, text }) => [showClock(at), showOffset(offsetOf(trace, at)), code(text)]),
    ),
    '',
  ];
}
