/** What a person reads when a run is over: a line for each experiment, what failed with what was seen, and where to look. */
import type { RunPath } from '../reports.ts';
import { flow, type Line, span, spread, widthOf } from './line.ts';
import type { FinishedExperiment, LiveState } from './state.ts';
import { clockText, verdictSentence, verdictText } from './words.ts';

/** The lines of the summary. Paths are never cut, so that they can be copied. */
export function summary(state: LiveState, paths: readonly RunPath[], columns: number): readonly Line[] {
  const width = Math.min(columns, 110);
  const lines: Line[] = [[]];
  for (const finished of state.finished) lines.push(tableRow(finished, width));
  for (const { name } of notRun(state))
    lines.push(spread([span(' - ', 'dim'), span(name, 'dim')], [span('not run')], width));
  for (const finished of state.finished) lines.push(...details(finished, width));
  const { ended } = state;
  if (ended !== undefined) lines.push([], ...verdictLines(state, ended, width));
  const longest = Math.max(0, ...paths.map(({ name }) => name.length));
  lines.push([], ...paths.map(({ name, path }) => [span(` ${name.padEnd(longest)}  `, 'dim'), span(path)]));
  return lines;
}

function verdictLines(
  state: LiveState,
  { verdict, exitCode }: NonNullable<LiveState['ended']>,
  width: number,
): readonly Line[] {
  const good = exitCode === 0;
  const tone = good ? 'good' : 'bad';
  const words = `${verdictSentence[verdict]} ${countOf(state)}`.trim().split(' ');
  const start: Line = [span(good ? ' ✓ ' : ' ✗ ', tone), span(`${verdictText[verdict]}  `, tone)];
  const rows = flow(
    words.map((word) => span(word)),
    width - widthOf(start),
    4,
    span(' '),
  );
  return rows.map((row, index) => [...(index === 0 ? start : [span(' '.repeat(widthOf(start)))]), ...row]);
}

function tableRow({ number, name, verdict, durationMs, judged }: FinishedExperiment, width: number): Line {
  const good = verdict === 'held';
  const tone = good ? 'good' : 'bad';
  const held = judged.filter((one) => one.held).length;
  const count = judged.length === 0 ? '' : `  ${held} of ${judged.length}`;
  return spread(
    [span(good ? ' ✓ ' : ' ✗ ', tone), span(`${number} `, 'dim'), span(name)],
    [span(verdictText[verdict], tone), span(`${count}${clockText(durationMs).padStart(7)}`, 'dim')],
    width,
  );
}

function details(
  { number, name, judged, findings, verdict }: FinishedExperiment,
  width: number,
): readonly Line[] {
  const failed = judged.filter((one) => !one.held);
  if (failed.length === 0 && (findings.length === 0 || verdict === 'held')) return [];
  const lines: Line[] = [[], [span(` ${number} ${name}`, 'bold')]];
  for (const { expected, seen } of failed) {
    lines.push(...entry('expected', expected, 'plain', width), ...entry('seen', seen, 'bad', width));
  }
  for (const text of findings) lines.push(...entry('finding', text, 'plain', width));
  return lines;
}

function entry(name: string, text: string, tone: 'plain' | 'bad', width: number): readonly Line[] {
  const words = text.split(/\s+/).map((word) => span(word, tone));
  const rows = flow(words, Math.max(20, width - 14), 6, span(' '));
  return rows.map((row, index) => [span(`   ${(index === 0 ? name : '').padEnd(10)} `, 'dim'), ...row]);
}

function notRun({ plan, finished, current }: LiveState) {
  const ran = new Set([...finished.map(({ name }) => name), current?.name]);
  return plan.filter(({ name }) => !ran.has(name));
}

function countOf({ finished }: LiveState): string {
  const judged = finished.flatMap((one) => one.judged);
  if (judged.length === 0) return '';
  const held = judged.filter((one) => one.held).length;
  return `${held} of ${judged.length} hypotheses in ${finished.length} experiments held.`;
}
