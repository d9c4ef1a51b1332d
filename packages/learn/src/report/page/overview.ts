/** The top of the page: the verdict, the experiments at a glance, the four qualities, the findings. */

import type { Finding } from '../../analysis/finding.ts';
import type { Lessons } from '../../lessons.ts';
import { showDateTime, showDuration } from '../../text/figures.ts';
import { html, type Markup } from '../../text/html.ts';
import { chartBins } from '../chart/frame.ts';
import { sparkline } from '../chart/sparkline.ts';
import { heldOf, reboundOf, robustnessOf } from '../experiment-figures.ts';
import { scorecardWords } from '../scorecard-words.ts';
import { headline, lead, verdictWords } from '../verdict-words.ts';
import { mark, table } from './marks.ts';

/** The verdict, in the first thing that is read. */
export function pageHeader(lessons: Lessons): Markup {
  const { run } = lessons;
  const { tone, sign } = verdictWords(run.verdict);
  const facts: [string, string][] = [
    ['Began', `${showDateTime(run.from)} UTC`],
    ['Took', showDuration(run.to - run.from)],
    ...(run.seed === undefined ? [] : [['Seed', String(run.seed)] satisfies [string, string]]),
    ...(run.host === undefined
      ? []
      : [
          ['On', `${run.host.platform}, Node ${run.host.node}, ${run.host.cores} cores`] satisfies [
            string,
            string,
          ],
        ]),
    ['Run', run.runId],
  ];
  return html`<header><p class="overline">${run.system} · ${run.mode}</p><h1>${run.title}</h1><p class="verdict tone-${tone}"><span class="sign" aria-hidden="true">${sign}</span>${headline(lessons)}</p><p>${lead(lessons)}</p><dl class="facts">${facts.map(([term, words]) => html`<div><dt>${term}</dt><dd>${words}</dd></div>`)}</dl></header>`;
}

/** All experiments in one table, each with its goodput as a small picture. */
export function experimentsTable({ experiments }: Lessons): Markup {
  if (experiments.length === 0) return html`<section><p>No experiment ran.</p></section>`;
  const rows = experiments.map((lessons, index) => ({ lessons, index }));
  return html`<section aria-labelledby="experiments"><h2 id="experiments">Experiments</h2>${table(
    rows,
    [
      {
        head: 'Experiment',
        header: true,
        cell: ({ lessons, index }) =>
          html`<a href="#experiment-${index + 1}">${lessons.trace.experiment}</a>`,
      },
      {
        head: 'Goodput',
        kind: 'bare',
        cell: ({ lessons }) =>
          lessons.trace.samples.length > 0 && sparkline(lessons, chartBins(lessons).bins),
      },
      { head: 'Verdict', kind: 'nowrap', cell: ({ lessons }) => mark(verdictWords(lessons.trace.verdict)) },
      { head: 'Hypotheses', kind: 'number', cell: ({ lessons }) => heldOf(lessons) },
      { head: 'Robustness', kind: 'number', cell: ({ lessons }) => robustnessOf(lessons) },
      { head: 'Rebound', kind: 'number', cell: ({ lessons }) => reboundOf(lessons) },
    ],
    { look: 'cards summary' },
  )}</section>`;
}

/** The four qualities. */
export function scorecardSection({ scorecard }: Lessons): Markup {
  return html`<section aria-labelledby="qualities"><h2 id="qualities">Four qualities</h2><p class="soft">What resilience is made of, after David Woods (2015). Where one was not measured, it says so.</p><ul class="qualities">${scorecardWords(
    scorecard,
  ).map(
    ({ name, figure, measured, meaning, details }) =>
      html`<li><h3>${name}</h3><p class="${measured ? 'figure' : 'figure none'}">${figure}</p><p>${meaning}</p>${details.map((detail) => html`<p class="detail">${detail}</p>`)}</li>`,
  )}</ul></section>`;
}

/** What is to be done and looked at. */
export function findingsSection(findings: readonly Finding[]): Markup {
  return html`<section aria-labelledby="findings"><h2 id="findings">Findings</h2>${
    findings.length === 0
      ? html`<p>None. Every fault was absorbed, and every state that is looked for was reached.</p>`
      : findingsList(findings)
  }</section>`;
}

const weightWords = { act: 'Mend', look: 'Look at', note: 'Note' } as const;

/** Findings as a list; the experiment's name stands before those that belong to one. */
export function findingsList(findings: readonly Finding[], named = true): Markup {
  return html`<ul class="findings">${findings.map(
    ({ weight, text, next, experiment }, index) =>
      html`<li><span class="weight weight-${weight}">${weightWords[weight]}</span><div>${
        named &&
        experiment !== undefined &&
        experiment !== findings[index - 1]?.experiment &&
        html`<p class="overline">${experiment}</p>`
      }<p>${text}</p><p class="soft">${next}</p></div></li>`,
  )}</ul>`;
}
