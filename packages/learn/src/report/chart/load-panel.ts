import type { LoadBin } from '../../analysis/load-bins.ts';
import type { ExperimentLessons } from '../../lessons.ts';
import { showCount, showDuration } from '../../text/figures.ts';
import { html } from '../../text/html.ts';
import { level, panelTitle, titleHeight } from './axis.ts';
import type { Frame, Panel } from './frame.ts';
import { areaPath, coordinate, linePath, type Point } from './path.ts';
import { decadesAround, linear, logarithmic, ticksUpTo } from './scale.ts';

/** Offered load and goodput over time, with the level before the fault. */
export function goodputPanel(
  frame: Frame,
  top: number,
  lessons: ExperimentLessons,
  bins: readonly LoadBin[],
): Panel {
  const height = frame.size === 'wide' ? 150 : 130;
  const rates = bins.map((bin) => ({
    at: middle(bin),
    due: perSecond(bin, bin.due),
    good: perSecond(bin, bin.good),
  }));
  const most = rates.reduce((max, { due, good }) => Math.max(max, due, good), 0);
  const ticks = ticksUpTo(most, 4);
  const base = top + titleHeight + height;
  const y = linear([0, ticks.at(-1) ?? 1], [base, top + titleHeight]);
  const points = (pick: (rate: (typeof rates)[number]) => number): Point[] =>
    rates.map((rate) => ({ x: frame.x(rate.at), y: y(pick(rate)) }));
  const good = points((rate) => rate.good);
  const { before } = lessons;
  return {
    height: titleHeight + height,
    markup: html`${panelTitle(frame, top, frame.size === 'wide' ? 'Requests a second' : 'Requests/s', [
      { look: 'line offered', words: 'offered' },
      { look: 'line goodput', words: 'goodput' },
      ...(before === undefined ? [] : [{ look: 'line level', words: 'before' }]),
    ])}${ticks.map((tick) => level(frame, y(tick), showCount(tick)))}<path class="area goodput" d="${areaPath(good, base)}"/><path class="line offered" d="${linePath(points((rate) => rate.due))}"/><path class="line goodput" d="${linePath(good)}"/>${
      before !== undefined &&
      html`<path class="line level" d="M${frame.left} ${coordinate(y(before.goodPerSecond))}H${frame.right}"/>`
    }`,
  };
}

/** Latency p50 and p99 over time. The scale is logarithmic: a stall is a hundred times the usual, and both must be read. */
export function latencyPanel(frame: Frame, top: number, bins: readonly LoadBin[]): Panel {
  const height = frame.size === 'wide' ? 110 : 100;
  const base = top + titleHeight + height;
  const domain = decadesAround(
    bins.flatMap(({ p50Ms, p99Ms }) => [p50Ms, p99Ms].filter((ms) => ms !== undefined)),
  );
  const y = logarithmic(domain, [base, top + titleHeight]);
  const decades: number[] = [];
  for (let decade = domain[0]; decade <= domain[1] * 1.001; decade *= 10) decades.push(decade);
  const points = (pick: (bin: LoadBin) => number | undefined): Point[] =>
    bins.map((bin) => {
      const value = pick(bin);
      return { x: frame.x(middle(bin)), y: value === undefined ? undefined : y(value) };
    });
  return {
    height: titleHeight + height,
    markup: html`${panelTitle(frame, top, frame.size === 'wide' ? 'Latency, logarithmic' : 'Latency (log)', [
      { look: 'line p99', words: 'p99' },
      { look: 'line p50', words: 'p50' },
    ])}${decades.map((decade) => level(frame, y(decade), showDuration(decade)))}<path class="line p50" d="${linePath(points((bin) => bin.p50Ms))}"/><path class="line p99" d="${linePath(points((bin) => bin.p99Ms))}"/>`,
  };
}

/** The middle of a bin, where its point stands. */
export function middle(bin: LoadBin): number {
  return (bin.from + bin.to) / 2;
}

/** A count of a bin as a rate. */
export function perSecond(bin: LoadBin, count: number): number {
  return bin.to > bin.from ? (count * 1000) / (bin.to - bin.from) : 0;
}
