/**
 * The draft of a blameless post-mortem: what a machine can know is filled in (times, figures, what was seen), what only
 * people know is asked, as what and how. Whatever came from the run stands as code or in quotation marks.
 */

import type { Lessons } from '../lessons.ts';
import { plural, showCount, showDate, showDateTime, showDuration, showShare } from '../text/figures.ts';
import { escapeMarkdown as text, markdownCode as code, markdownTable as table } from '../text/markdown.ts';
import { reboundOf, robustnessOf } from '../report/experiment-figures.ts';
import { countHeld } from '../report/verdict-words.ts';
import type { ProposedAction } from './actions.ts';
import { detection } from './detection.ts';
import { timelineLines } from './timeline.ts';

/** The whole `post-mortem.md`. */
export function postMortemDraft(lessons: Lessons): string {
  const { run } = lessons;
  const lines = [
    `# Post-mortem: ${quoted(run.title)}`,
    '',
    `Draft, ${showDate(run.from)}. Authors: … Reviewed by: …`,
    '',
    '> This text asks what happened and how it made sense at the time. It looks for no one who did wrong: whoever stood in the same place with the same screens would likely have done the same.',
    '',
    '## Summary',
    '',
    ...summary(lessons),
    '## Impact',
    '',
    ...impact(lessons),
    '## Trigger',
    '',
    ...trigger(lessons),
    '## Contributing factors',
    '',
    ...factors(lessons),
    '## Detection',
    '',
    ...detection(lessons),
    '## Timeline',
    '',
    `Times are UTC, ${showDate(run.from)}; the second column counts from the first fault of its experiment. It begins before the faults, with the steady state.`,
    '',
    ...timelineLines(lessons),
    '## What went well',
    '',
    ...wentWell(lessons),
    '## What went less well',
    '',
    ...wentLessWell(lessons),
    '## Where we were lucky',
    '',
    '- What kept this smaller than it could be, and will not always be there: the hour, the load, someone who happened to look?',
    '- Which of the hypotheses that held would not hold at ten times the load?',
    '',
    '## Action items',
    '',
    ...actions(lessons.actions),
    '## Supporting information',
    '',
    '- [report.html](./report.html): timelines, hypotheses, figures',
    '- [journal.jsonl](./journal.jsonl): every event of the run',
    `- Run ${code(run.runId)}, system ${code(run.system)}, mode ${code(run.mode)}${run.seed === undefined ? '' : `, seed ${run.seed}`}`,
    '',
  ];
  return lines.join('\n');
}

function summary({ run, experiments }: Lessons): string[] {
  const failed = experiments.filter(({ trace }) => trace.expectations.some(({ held }) => held === false));
  const faults = experiments.flatMap(({ trace }) => trace.faults.filter((fault) => fault.injected));
  return [
    `On ${showDateTime(run.from)} UTC, in ${showDuration(run.to - run.from)}, ${plural(faults.length, 'fault')} in ${plural(experiments.length, 'experiment')} met the system ${code(run.system)} in mode ${code(run.mode)}. ${
      failed.length === 0
        ? 'No hypothesis failed.'
        : `In ${failed.length} of them hypotheses did not hold: ${failed.map(({ trace }) => quoted(trace.experiment)).join(', ')}.`
    }`,
    '',
    'In two sentences, for someone who was not there: …',
    '',
  ];
}

function impact({ experiments }: Lessons): string[] {
  const rows = experiments.flatMap(({ trace, load, robustness, rebound }) => {
    if (load === undefined) return [];
    const lost =
      (robustness.measured ? robustness.value.lost : 0) + (rebound.measured ? rebound.value.lost : 0);
    return [
      [
        quoted(trace.experiment),
        showCount(load.due),
        `${showCount(load.bad)} (${showShare(load.due > 0 ? load.bad / load.due : 0)})`,
        showCount(load.timedOut),
        robustness.measured || rebound.measured ? showCount(lost) : 'not measured',
        load.maxMs === undefined ? '–' : showDuration(load.maxMs),
      ],
    ];
  });
  if (rows.length === 0) return ['No load was sent, so the impact on users was not measured.', ''];
  return [
    'Measured at the way in, as users would see it:',
    '',
    ...table(
      [
        'Experiment',
        'Requests',
        'Not answered well',
        'Of these, timed out',
        'Goodput short by',
        'Longest wait',
      ],
      rows,
    ),
    '',
    'What does this mean to users and to the business: orders, money, trust? …',
    '',
  ];
}

function trigger({ experiments }: Lessons): string[] {
  const lines = experiments.flatMap(({ trace }) =>
    trace.faults
      .filter((fault) => fault.injected)
      .map(
        ({ label, from, to, observed }) =>
          `- ${code(`${label.fault} of ${label.target}`)} for ${showDuration(to - from)} in ${quoted(trace.experiment)}${observed?.bites === true ? `: ${quoted(observed.measure)} went from ${code(observed.before)} to ${code(observed.during)}` : ''}`,
      ),
  );
  if (lines.length === 0) return ['No fault was injected.', ''];
  return [
    'Injected on purpose:',
    '',
    ...lines,
    '',
    'Which event of everyday life would look like this? …',
    '',
  ];
}

function factors({ experiments }: Lessons): string[] {
  const lines = experiments.flatMap(({ trace, findings }) => {
    const failed = trace.expectations
      .filter(({ held }) => held === false)
      .map(({ expected, seen }) => `  - Expected ${code(expected)}, seen ${code(seen)}.`);
    const found = findings
      .filter(({ weight }) => weight !== 'note')
      .map((finding) => `  - Found: ${quoted(finding.text, 1_000)}`);
    const all = [...failed, ...found];
    return all.length === 0 ? [] : [`- In ${quoted(trace.experiment)}:`, ...all];
  });
  return [
    'Several, each needed and none enough. As questions:',
    '',
    ...(lines.length > 0
      ? ['- What made us expect these, how did they come to be so, and what made them look right?']
      : []),
    '- What made the effect larger: load, retries, shared resources, defaults?',
    '- What made it hard to see or to mend?',
    '',
    ...(lines.length > 0 ? ['What the run can add:', '', ...lines, ''] : []),
  ];
}

function wentWell({ experiments }: Lessons): string[] {
  const lines = experiments.flatMap(({ trace }) => {
    const held = trace.expectations.filter((expectation) => expectation.held === true);
    const names = held.map(({ expected }) => code(expected)).join(', ');
    return held.length === 0 ? [] : [`- In ${quoted(trace.experiment)} held: ${names}.`];
  });
  return [...lines, '- What else helped: a screen, a runbook, a colleague? …', ''];
}

function wentLessWell({ experiments }: Lessons): string[] {
  const lines = experiments.flatMap((lessons) => {
    const { trace } = lessons;
    const { held, all } = countHeld(trace.expectations);
    if (held === all) return [];
    const figures = `robustness ${robustnessOf(lessons)}, rebound ${reboundOf(lessons)}`;
    return [`- In ${quoted(trace.experiment)} ${held} of ${all} hypotheses held; ${figures}.`];
  });
  return [...lines, '- What was confusing, slow or missing? …', ''];
}

function actions(proposed: readonly ProposedAction[]): string[] {
  const rows = proposed.map(({ type, text: words, because, check }, index) => [
    String(index + 1),
    type,
    `${quoted(words, 600)} Seen: ${code(because, 300)}`,
    '…',
    '…',
    checkWords(check),
  ]);
  return [
    'Proposed from what did not hold; the people who know the system decide. An item is done when its check passes.',
    '',
    ...table(
      ['No.', 'Type', 'Action', 'Owner', 'Due', 'Check'],
      [
        ...rows,
        ...(['prevent', 'detect', 'mitigate'] as const).map((type, index) => [
          String(rows.length + index + 1),
          type,
          '…',
          '…',
          '…',
          '…',
        ]),
      ],
    ),
    '',
  ];
}

function checkWords(check: ProposedAction['check']): string {
  switch (check.kind) {
    case 'experiment':
      return `Every hypothesis holds in ${quoted(check.experiment)}`;
    case 'finding':
      return `The finding is gone when ${quoted(check.experiment)} runs again`;
    default:
      return 'Seen in the next Game Day';
  }
}

/** Text of the run in quotation marks; a mark within it would end the quotation. */
function quoted(words: string, lengthMax?: number): string {
  return `“${text(words.replace(/[“”„"`]/g, "'"), lengthMax)}”`;
}
