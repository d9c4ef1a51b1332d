/**
 * The timeline of an experiment as one picture: faults, load, latency, circuit breakers and moments on one clock. Drawn
 * here, once, as SVG: it stands in print and without scripts, and costs a few kilobytes.
 */

import type { LoadBin } from '../../analysis/load-bins.ts';
import type { ExperimentLessons } from '../../lessons.ts';
import { showDuration, showShare } from '../../text/figures.ts';
import { html, type Markup } from '../../text/html.ts';
import { timeAxis } from './axis.ts';
import { type Frame, frameOf, type Panel, type Size } from './frame.ts';
import { breakerLanes, faultLane, faultShades, momentLane } from './lanes.ts';
import { goodputPanel, latencyPanel } from './load-panel.ts';

const gap = 14;

/**
 * Draws the timeline of an experiment.
 *
 * @param id - unique on the page; letters, digits and dashes
 */
export function timelineChart(
  lessons: ExperimentLessons,
  bins: readonly LoadBin[],
  id: string,
  size: Size,
): Markup {
  const { trace } = lessons;
  const frame = frameOf(trace, id, size);
  const loaded = bins.some((bin) => bin.due > 0);
  /** Where the clock is drawn; shades end there. */
  let plotBottom = 2;
  const panels: ((top: number) => Panel)[] = [
    (top) => faultLane(frame, top, trace),
    ...(loaded
      ? [
          (top: number) => goodputPanel(frame, top, lessons, bins),
          (top: number) => latencyPanel(frame, top, bins),
        ]
      : []),
    (top) => breakerLanes(frame, top, lessons.breakers),
    (top) => {
      plotBottom = top;
      return timeAxis(frame, top);
    },
    (top) => momentLane(frame, top, lessons.moments),
  ];
  let top = 2;
  const drawn = panels.map((panel) => {
    const { markup, height } = panel(top);
    if (height > 0) top += height + gap;
    return markup;
  });
  const height = Math.ceil(top);
  return html`<svg class="timeline ${size}" viewBox="0 0 ${frame.width} ${height}" role="img" aria-labelledby="${frame.id}-title ${frame.id}-description" data-left="${frame.left}" data-right="${frame.right}" data-width="${frame.width}"><title id="${frame.id}-title">Timeline of “${trace.experiment}”</title><desc id="${frame.id}-description">${describe(lessons)}</desc>${hatch(frame)}${faultShades(frame, 2, plotBottom, trace)}${drawn}<path class="crosshair" d="M0 0V${plotBottom}"/></svg>`;
}

/** The picture in words, for those who do not see it; the tables beside it have the figures. */
function describe({ trace, robustness, rebound, before }: ExperimentLessons): string {
  const sentences = [
    trace.faults.length === 0
      ? 'No fault was injected.'
      : `Faults: ${trace.faults.map(({ label, from, to }) => `${label.fault} of ${label.target} for ${showDuration(to - from)}`).join('; ')}.`,
  ];
  if (before !== undefined)
    sentences.push(`Before: ${Math.round(before.goodPerSecond)} good answers a second.`);
  if (robustness.measured)
    sentences.push(`While faults were on, ${showShare(robustness.value.value)} of it was kept.`);
  if (rebound.measured) {
    sentences.push(
      rebound.value.ms === undefined
        ? `Not steady again within ${showDuration(rebound.value.watchedMs)}.`
        : `Steady again ${showDuration(rebound.value.ms)} after the last fault.`,
    );
  }
  return sentences.join(' ');
}

function hatch({ id }: Frame): Markup {
  return html`<defs><pattern id="${id}-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0V5"/></pattern></defs>`;
}
