/** The figures behind a timeline: as a table for reading, and as data for the read-out at the pointer. */

import { offsetOf } from '../../analysis/moments.ts';
import { binLoad, type LoadBin } from '../../analysis/load-bins.ts';
import { within, type ExperimentTrace } from '../../analysis/run.ts';
import type { ExperimentLessons } from '../../lessons.ts';
import { showCount, showDuration, showOffset, showRate } from '../../text/figures.ts';
import { html, jsonData, type Markup } from '../../text/html.ts';
import { plain } from '../../text/plain.ts';
import { placeName } from '../../analysis/policy-vocabulary.ts';
import { activeBreakers } from '../chart/lanes.ts';
import { middle, perSecond } from '../chart/load-panel.ts';
import { table } from './marks.ts';

/** A table has so many rows at most; longer runs get coarser rows. */
const rowsMax = 120;

/** Second by second: what was offered, what was served, how long it took. */
export function loadTable({ trace }: ExperimentLessons): Markup | false {
  const first = trace.samples[0];
  const last = trace.samples.at(-1);
  if (first === undefined || last === undefined) return false;
  const length = last.to - first.from;
  const binMs = Math.max(1_000, Math.ceil(length / rowsMax / 1_000) * 1_000);
  const bins = binLoad(trace.samples, { from: first.from, to: last.to }, binMs);
  if (bins.length === 0) return false;
  return html`<details><summary>The timeline as a table (every ${showDuration(binMs)})</summary>${table(
    bins,
    [
      { head: 'From', header: true, kind: 'number', cell: (bin) => showOffset(offsetOf(trace, bin.from)) },
      { head: 'Phase', kind: 'nowrap', cell: (bin) => phaseAt(trace, bin) },
      { head: 'Offered', kind: 'number', cell: ({ due }) => showCount(due) },
      { head: 'Good', kind: 'number', cell: ({ good }) => showCount(good) },
      { head: 'Bad', kind: 'number', cell: ({ bad }) => showCount(bad) },
      { head: 'Timed out', kind: 'number', cell: ({ timedOut }) => showCount(timedOut) },
      { head: 'p50', kind: 'number', cell: ({ p50Ms }) => latency(p50Ms) },
      { head: 'p99', kind: 'number', cell: ({ p99Ms }) => latency(p99Ms) },
    ],
  )}</details>`;
}

/** The points of the chart for the read-out: the place across the plot from 0 to 1, then the words. */
export function chartPoints({ trace, breakers }: ExperimentLessons, bins: readonly LoadBin[]): Markup {
  const width = Math.max(1, trace.to - trace.from);
  const active = activeBreakers(breakers).slice(0, 4);
  const rows = bins.map((bin) => {
    const at = middle(bin);
    const moved = active.flatMap(({ service, pipeline, bands }) => {
      const state = bands.find((band) => within(at, band))?.state;
      return state === undefined || state === 'closed'
        ? []
        : [{ name: plain(placeName({ service, pipeline }), 60), state }];
    });
    const states = [...Map.groupBy(moved, ({ state }) => state)].map(
      ([state, group]) => `${state}: ${group.map(({ name }) => name).join(', ')}`,
    );
    return [
      Math.round(((at - trace.from) / width) * 10_000) / 10_000,
      showOffset(offsetOf(trace, at)),
      showRate(perSecond(bin, bin.due)),
      showRate(perSecond(bin, bin.good)),
      latency(bin.p50Ms),
      latency(bin.p99Ms),
      ...states,
    ];
  });
  return jsonData({ names: ['', 'offered', 'goodput', 'p50', 'p99'], rows });
}

function phaseAt(trace: ExperimentTrace, bin: LoadBin): string {
  const phase = trace.phases.findLast((span) => middle(bin) >= span.from && middle(bin) < span.to)?.phase;
  if (phase === undefined) return '–';
  return phase === 'fault' ? 'fault on' : phase;
}

function latency(ms: number | undefined): string {
  return ms === undefined ? '–' : showDuration(ms);
}
