/** One experiment on the page: its timeline, its hypotheses, its faults, and what the policies made of them. */

import { attemptsPerCall } from '../../analysis/amplification.ts';
import { faultName } from '../../analysis/experiment-findings.ts';
import { placeName } from '../../analysis/policy-vocabulary.ts';
import { offsetOf } from '../../analysis/moments.ts';
import type { ExperimentLessons } from '../../lessons.ts';
import { plural, showCount, showDuration, showOffset, showTimes } from '../../text/figures.ts';
import { html, type Markup } from '../../text/html.ts';
import { chartBins } from '../chart/frame.ts';
import { activeBreakers } from '../chart/lanes.ts';
import { timelineChart } from '../chart/timeline.ts';
import { heldOf, reboundOf, robustnessOf } from '../experiment-figures.ts';
import { heldWords, verdictWords } from '../verdict-words.ts';
import { chartPoints, loadTable } from './load-table.ts';
import { mark, table } from './marks.ts';
import { findingsList } from './overview.ts';

/** An experiment's section; `number` counts from 1. */
export function experimentSection(lessons: ExperimentLessons, number: number): Markup {
  const { trace } = lessons;
  return html`<section class="experiment" id="experiment-${number}" aria-labelledby="experiment-${number}-title"><p class="overline">Experiment ${number}</p><h2 id="experiment-${number}-title">${trace.experiment}</h2>${mark(verdictWords(trace.verdict))}${
    trace.description !== undefined && html`<p>${trace.description}</p>`
  }<dl class="facts"><div><dt>Hypotheses held</dt><dd>${heldOf(lessons)}</dd></div><div><dt>Robustness</dt><dd>${robustnessOf(lessons)}</dd></div><div><dt>Rebound</dt><dd>${reboundOf(lessons)}</dd></div></dl>${chart(lessons, number)}${hypotheses(lessons)}${faults(lessons)}${absorbed(lessons)}${requests(lessons)}${amplified(lessons)}${
    lessons.findings.length > 0 && html`<h3>Findings</h3>${findingsList(lessons.findings, false)}`
  }${moments(lessons)}${loadTable(lessons)}</section>`;
}

function chart(lessons: ExperimentLessons, number: number): Markup {
  const { binMs, bins } = chartBins(lessons);
  const id = `timeline-${number}`;
  const quiet = lessons.breakers.length - activeBreakers(lessons.breakers).length;
  const loaded = lessons.trace.samples.length > 0;
  const caption = [
    loaded
      ? `Points every ${showDuration(binMs)}; 0 s is when the fault phase began.`
      : 'This experiment has no load.',
    quiet > 0 && `${plural(quiet, 'circuit breaker')} stayed closed.`,
    lessons.moments.length > 0 && 'The numbers below are those of the moments in the table.',
  ].filter((sentence) => sentence !== false);
  return html`<figure><div class="chart" data-points="${chartPoints(lessons, bins)}">${timelineChart(
    lessons,
    bins,
    id,
    'wide',
  )}${timelineChart(lessons, bins, id, 'narrow')}</div><p class="read-out soft">${
    loaded && 'Point at the chart, or focus it and use the arrow keys, to read it.'
  }</p><figcaption>${caption.join(' ')}</figcaption></figure>`;
}

function hypotheses({ trace }: ExperimentLessons): Markup {
  if (trace.expectations.length === 0) return html`<h3>Hypotheses</h3><p>None was stated.</p>`;
  return html`<h3>Hypotheses</h3>${table(trace.expectations, [
    { head: 'Expected', header: true, cell: ({ expected }) => html`<span class="exact">${expected}</span>` },
    { head: 'Seen', cell: ({ seen }) => seen },
    { head: 'Outcome', kind: 'nowrap', cell: ({ held }) => mark(heldWords(held)) },
  ])}`;
}

function faults({ trace }: ExperimentLessons): Markup {
  if (trace.faults.length === 0) return html`<h3>Faults</h3><p>None was injected.</p>`;
  return html`<h3>Faults and their control measurements</h3>${table(trace.faults, [
    { head: 'Fault', header: true, cell: (fault) => faultName(fault) },
    {
      head: 'On',
      kind: 'nowrap',
      cell: (fault) =>
        fault.injected
          ? `${showOffset(offsetOf(trace, fault.from))}, for ${showDuration(fault.to - fault.from)}`
          : 'not injected',
    },
    { head: 'Measured', cell: ({ observed }) => observed?.measure ?? 'nothing' },
    { head: 'Before', cell: ({ observed }) => observed?.before ?? '–' },
    { head: 'During', cell: ({ observed }) => observed?.during ?? '–' },
    {
      head: 'Seen to bite',
      kind: 'nowrap',
      cell: ({ observed }) =>
        observed === undefined
          ? mark({ tone: 'open', sign: '–', word: 'not measured' })
          : mark(
              observed.bites
                ? { tone: 'good', sign: '✓', word: 'yes' }
                : { tone: 'bad', sign: '✕', word: 'no' },
            ),
    },
    {
      head: 'Undone',
      kind: 'nowrap',
      cell: ({ undone }) => {
        if (undone === undefined) return mark({ tone: 'open', sign: '–', word: 'not recorded' });
        return mark(
          undone.ok ? { tone: 'good', sign: '✓', word: 'yes' } : { tone: 'bad', sign: '✕', word: 'failed' },
        );
      },
    },
  ])}`;
}

function absorbed({ absorptions }: ExperimentLessons): Markup {
  const rows = absorptions.flatMap(({ fault, by }) => by.map((part) => ({ fault, part })));
  if (rows.length === 0)
    return html`<h3>Which policy absorbed what</h3><p>No policy on the path of a fault spoke.</p>`;
  return html`<h3>Which policy absorbed what</h3>${table(rows, [
    { head: 'Fault', header: true, cell: ({ fault }) => faultName(fault) },
    { head: 'Policy', cell: ({ part }) => `${part.policy} ${placeName(part)}` },
    {
      head: 'Did',
      cell: ({ part }) => part.did.map(({ did, times }) => `${did} (${showCount(times)}×)`).join(', '),
    },
    { head: 'First after', kind: 'number', cell: ({ part }) => showDuration(Math.max(0, part.firstAfterMs)) },
    {
      head: 'So',
      kind: 'nowrap',
      cell: ({ part }) => (part.meaning === 'answers' ? 'answered' : 'contained'),
    },
  ])}`;
}

const periodWords = {
  before: 'before',
  fault: 'fault on',
  between: 'between faults',
  after: 'after',
} as const;

function requests({ requests: figures }: ExperimentLessons): Markup | false {
  if (figures.length === 0) return false;
  return html`<h3>Load by request</h3>${table(
    figures,
    [
      { head: 'Request', header: true, cell: ({ request }) => request },
      { head: 'Due', kind: 'nowrap', cell: ({ period }) => periodWords[period] },
      { head: 'Requests', kind: 'number', cell: ({ due }) => showCount(due) },
      { head: 'Good', kind: 'number', cell: ({ good }) => showCount(good) },
      { head: 'Bad', kind: 'number', cell: ({ bad }) => showCount(bad) },
      { head: 'p50', kind: 'number', cell: ({ p50Ms }) => (p50Ms === undefined ? '–' : showDuration(p50Ms)) },
      { head: 'p99', kind: 'number', cell: ({ p99Ms }) => (p99Ms === undefined ? '–' : showDuration(p99Ms)) },
      {
        head: 'Why bad',
        cell: ({ reasons }) =>
          reasons
            .slice(0, 4)
            .map(({ reason, count }) => `${reason} (${showCount(count)})`)
            .join(', ') || '–',
      },
    ],
    { look: 'figures', caption: 'Every request is charged to the time in which it was due.' },
  )}`;
}

function amplified({ amplification }: ExperimentLessons): Markup | false {
  if (amplification.length === 0) return false;
  const cell = (totals: { calls: number; failed: number; attempts: number }) => {
    const ratio = attemptsPerCall(totals);
    return ratio === undefined ? '–' : `${showTimes(ratio)} of ${showCount(totals.calls)}`;
  };
  return html`<h3>Attempts for each call</h3>${table(
    amplification,
    [
      { head: 'Calls', header: true, cell: placeName },
      { head: 'Before', kind: 'number', cell: ({ before }) => cell(before) },
      { head: 'Fault on', kind: 'number', cell: ({ fault }) => cell(fault) },
      { head: 'After', kind: 'number', cell: ({ after }) => cell(after) },
    ],
    {
      caption:
        '1× is one attempt for a call; more are retries, less are calls that policies answered or refused.',
    },
  )}`;
}

function moments({ moments: all, trace }: ExperimentLessons): Markup | false {
  if (all.length === 0) return false;
  return html`<details><summary>Moments (${all.length})</summary>${table(
    all.map((moment, index) => ({ ...moment, index })),
    [
      { head: 'No.', kind: 'nowrap', cell: ({ index }) => String(index + 1) },
      { head: 'At', kind: 'number', cell: ({ at }) => showOffset(offsetOf(trace, at)) },
      { head: 'What happened', cell: ({ text }) => text },
    ],
    { look: 'figures' },
  )}</details>`;
}
