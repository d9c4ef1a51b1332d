/** The report as Markdown, for a pull request or a chat: the verdict, the tables, the findings; no pictures. */

import { attemptsPerCall } from '../analysis/amplification.ts';
import { faultName } from '../analysis/experiment-findings.ts';
import type { Finding } from '../analysis/finding.ts';
import { placeName } from '../analysis/policy-vocabulary.ts';
import { offsetOf } from '../analysis/moments.ts';
import type { ExperimentLessons, Lessons } from '../lessons.ts';
import { showCount, showDateTime, showDuration, showOffset, showTimes } from '../text/figures.ts';
import { escapeMarkdown as text, markdownCode as code, markdownTable as table } from '../text/markdown.ts';
import { heldOf, reboundOf, robustnessOf } from './experiment-figures.ts';
import { scorecardWords } from './scorecard-words.ts';
import { headline, heldWords, lead, verdictWords } from './verdict-words.ts';

/** The whole `report.md`. */
export function reportMarkdown(lessons: Lessons): string {
  const { run, experiments, findings } = lessons;
  const seed = run.seed === undefined ? '' : `, seed ${run.seed}`;
  const lines = [
    `# ${text(run.title)}`,
    '',
    `**${verdictWords(run.verdict).sign} ${headline(lessons)}**`,
    '',
    text(lead(lessons)),
    '',
    `${showDateTime(run.from)} UTC, run ${code(run.runId)}${seed}.`,
    '',
    ...overview(experiments),
    ...qualities(lessons),
    ...findingLines('## Findings', findings, true),
    ...experiments.flatMap((experiment, index) => experimentLines(experiment, index + 1)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function overview(experiments: readonly ExperimentLessons[]): string[] {
  if (experiments.length === 0) return ['No experiment ran.', ''];
  return [
    '## Experiments',
    '',
    ...table(
      ['Experiment', 'Verdict', 'Hypotheses', 'Robustness', 'Rebound'],
      experiments.map((lessons) => [
        text(lessons.trace.experiment),
        signed(verdictWords(lessons.trace.verdict)),
        heldOf(lessons),
        robustnessOf(lessons),
        reboundOf(lessons),
      ]),
    ),
    '',
  ];
}

function qualities({ scorecard }: Lessons): string[] {
  return [
    '## Four qualities',
    '',
    ...table(
      ['Quality', 'Figure', 'What it means', 'Behind it'],
      scorecardWords(scorecard).map(({ name, figure, meaning, details }) => [
        name,
        text(figure),
        meaning,
        text(details.join(' '), 2_000),
      ]),
    ),
    '',
  ];
}

const weightWords = { act: 'Mend', look: 'Look at', note: 'Note' } as const;

function findingLines(title: string, findings: readonly Finding[], named: boolean): string[] {
  if (findings.length === 0) return named ? [title, '', 'None.', ''] : [];
  return [
    title,
    '',
    ...findings.map(({ weight, text: words, next, experiment }) => {
      const where = named && experiment !== undefined ? ` (${text(experiment)})` : '';
      return `- **${weightWords[weight]}**${where}: ${text(words, 1_000)} ${text(next, 1_000)}`;
    }),
    '',
  ];
}

function experimentLines(lessons: ExperimentLessons, number: number): string[] {
  const { trace } = lessons;
  return [
    `## ${number}. ${text(trace.experiment)}`,
    '',
    ...(trace.description === undefined ? [] : [text(trace.description, 1_000), '']),
    ...hypotheses(lessons),
    ...faults(lessons),
    ...absorbed(lessons),
    ...amplified(lessons),
    ...findingLines('### Findings', lessons.findings, false),
  ];
}

function hypotheses({ trace }: ExperimentLessons): string[] {
  if (trace.expectations.length === 0) return ['No hypothesis was stated.', ''];
  return [
    ...table(
      ['Expected', 'Seen', 'Outcome'],
      trace.expectations.map(({ expected, seen, held }) => [
        code(expected),
        text(seen),
        signed(heldWords(held)),
      ]),
    ),
    '',
  ];
}

function faults({ trace }: ExperimentLessons): string[] {
  if (trace.faults.length === 0) return [];
  return [
    ...table(
      ['Fault', 'On', 'Measured', 'Before', 'During', 'Seen to bite'],
      trace.faults.map((fault) => [
        text(faultName(fault)),
        fault.injected
          ? `${showOffset(offsetOf(trace, fault.from))}, for ${showDuration(fault.to - fault.from)}`
          : 'not injected',
        text(fault.observed?.measure ?? 'nothing'),
        text(fault.observed?.before ?? '–'),
        text(fault.observed?.during ?? '–'),
        bites(fault.observed?.bites),
      ]),
    ),
    '',
  ];
}

function bites(seen: boolean | undefined): string {
  if (seen === undefined) return '– not measured';
  return seen ? '✓ yes' : '✕ no';
}

function absorbed({ absorptions }: ExperimentLessons): string[] {
  const rows = absorptions.flatMap(({ fault, by }) => by.map((part) => ({ fault, part })));
  if (rows.length === 0) return [];
  return [
    ...table(
      ['Fault', 'Policy', 'Did', 'First after', 'So'],
      rows.map(({ fault, part }) => [
        text(faultName(fault)),
        text(`${part.policy} ${placeName(part)}`),
        text(part.did.map(({ did, times }) => `${did} (${showCount(times)}×)`).join(', ')),
        showDuration(Math.max(0, part.firstAfterMs)),
        part.meaning === 'answers' ? 'answered' : 'contained',
      ]),
    ),
    '',
  ];
}

function amplified({ amplification }: ExperimentLessons): string[] {
  if (amplification.length === 0) return [];
  const cell = (totals: { calls: number; failed: number; attempts: number }) => {
    const ratio = attemptsPerCall(totals);
    return ratio === undefined ? '–' : showTimes(ratio);
  };
  return [
    ...table(
      ['Attempts for each call', 'Before', 'Fault on', 'After'],
      amplification.map(({ service, pipeline, before, fault, after }) => [
        text(placeName({ service, pipeline })),
        cell(before),
        cell(fault),
        cell(after),
      ]),
    ),
    '',
  ];
}

function signed({ sign, word }: { readonly sign: string; readonly word: string }): string {
  return `${sign} ${word}`;
}
