/**
 * The report as one page that needs nothing else: no network, no file beside it. The policy in its head allows the one
 * style sheet and the one script that are in it, by their hashes, and nothing else, so that text which came from a run
 * could do no harm even if it were not escaped; and it is escaped.
 */

import { createHash } from 'node:crypto';
import type { Lessons } from '../../lessons.ts';
import { embed, html } from '../../text/html.ts';
import { verdictWords } from '../verdict-words.ts';
import { experimentSection } from './experiment.ts';
import { experimentsTable, findingsSection, pageHeader, scorecardSection } from './overview.ts';
import { script } from './script.ts';
import { style } from './style.ts';

/** The whole `report.html`. */
export function reportPage(lessons: Lessons): string {
  const { run, experiments, findings } = lessons;
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${embed(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="seaworthy">
<title>${run.title}: ${verdictWords(run.verdict).word}</title>
<style>${embed(style)}</style>
</head>
<body>
<a class="skip" href="#experiments">Skip to the experiments</a>
<main>
${pageHeader(lessons)}
${experimentsTable(lessons)}
${scorecardSection(lessons)}
${findingsSection(findings)}
${experiments.map((experiment, index) => experimentSection(experiment, index + 1))}
</main>
<footer>${notes()}</footer>
<script>${embed(script)}</script>
</body>
</html>
`;
  return page.markup;
}

function notes() {
  return html`<p>Goodput is what was answered as expected and in time. Latencies count from when a request was due, so that a stall is charged to every request that it delayed; requests that failed at once have none. Times are UTC.</p>
<p>Robustness is the area under the goodput curve while faults were on, against the level before or what was asked for where that was less, second by second. Rebound is the time from the last fault’s end from which on 95 % of that ends well, no more than a quarter is kept waiting, and every probe holds, in steps of 250 ms, to the end of the watch; a hypothesis such as “steady again” is judged by the rule of its own, and may differ a little. A policy absorbed a fault when it spoke while the fault was on and stands on its path: at the target, or around calls to it or to a service that needs it.</p>`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
