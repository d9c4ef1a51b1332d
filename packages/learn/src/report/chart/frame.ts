/** What all parts of a timeline share: its width, its clock and its place on the page. */

import { type LoadBin, binLoad } from '../../analysis/load-bins.ts';
import { type ExperimentTrace, type Span, zeroOf } from '../../analysis/run.ts';
import type { ExperimentLessons } from '../../lessons.ts';
import type { Markup } from '../../text/html.ts';
import { linear, type Scale } from './scale.ts';

/** A timeline is drawn twice, for wide and for narrow screens, since text in a picture does not reflow. */
export type Size = 'wide' | 'narrow';

/** The frame of one timeline. */
export interface Frame {
  /** Makes names within the picture unique on the page. */
  readonly id: string;
  readonly size: Size;
  readonly width: number;
  /** The plot's left and right edge. */
  readonly left: number;
  readonly right: number;
  readonly span: Span;
  /** When the experiment's clock stood at 0. */
  readonly zero: number;
  readonly x: Scale;
}

/** A part of a timeline, from `top` down to `top + height`. */
export interface Panel {
  readonly markup: Markup;
  readonly height: number;
}

const widths: Readonly<Record<Size, number>> = { wide: 960, narrow: 380 };
const lefts: Readonly<Record<Size, number>> = { wide: 60, narrow: 54 };
const rightMargin = 10;

/** The frame for an experiment's timeline. */
export function frameOf(trace: ExperimentTrace, id: string, size: Size): Frame {
  const width = widths[size];
  const [left, right] = [lefts[size], width - rightMargin];
  const span = { from: trace.from, to: Math.max(trace.to, trace.from + 1) };
  return {
    id: `${id}-${size}`,
    size,
    width,
    left,
    right,
    span,
    zero: zeroOf(trace),
    x: linear([span.from, span.to], [left, right]),
  };
}

/** A point of the chart holds about so many requests, or chance alone would make it tremble. */
const requestsPerBin = 50;
const binsPerChart = 240;
const widthsMs = [250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000] as const;

/** The load on the grid of the chart: 250 ms where there are requests enough, else coarser. */
export function chartBins({ trace, before }: ExperimentLessons): {
  readonly binMs: number;
  readonly bins: LoadBin[];
} {
  const span = { from: trace.samples[0]?.from ?? trace.from, to: trace.samples.at(-1)?.to ?? trace.to };
  const perSecond = before?.duePerSecond ?? Number.POSITIVE_INFINITY;
  const few = (binMs: number) => (span.to - span.from) / binMs <= binsPerChart;
  const steady = (binMs: number) => binMs >= 1_000 || (binMs / 1000) * perSecond >= requestsPerBin;
  const binMs = widthsMs.find((width) => few(width) && steady(width)) ?? (span.to - span.from) / binsPerChart;
  // A rate over the last few milliseconds says nothing and would stand out.
  const bins = binLoad(trace.samples, span, binMs).filter((bin) => bin.to - bin.from >= binMs / 2);
  return { binMs, bins };
}
