import { union } from '../../analysis/load-bins.ts';
import type { LoadBin } from '../../analysis/load-bins.ts';
import type { ExperimentLessons } from '../../lessons.ts';
import { html, type Markup } from '../../text/html.ts';
import { middle, perSecond } from './load-panel.ts';
import { areaPath, coordinate, linePath } from './path.ts';
import { linear } from './scale.ts';

const width = 132;
const height = 30;

/** Goodput at a glance, the faults shaded; the figures stand beside it, so it is hidden from screen readers. */
export function sparkline({ trace }: ExperimentLessons, bins: readonly LoadBin[]): Markup {
  const most = bins.reduce((max, bin) => Math.max(max, perSecond(bin, bin.good)), 0);
  const [from, to] = [trace.from, Math.max(trace.to, trace.from + 1)];
  const x = linear([from, to], [0, width]);
  const y = linear([0, most], [height - 1, 3]);
  const points = bins.map((bin) => ({ x: x(middle(bin)), y: y(perSecond(bin, bin.good)) }));
  return html`<svg class="sparkline" viewBox="0 0 ${width} ${height}" aria-hidden="true">${union(
    trace.faults.filter((fault) => fault.injected),
  ).map(
    (fault) =>
      html`<rect class="fault-shade" x="${coordinate(x(fault.from))}" y="0" width="${coordinate(Math.max(1, x(fault.to) - x(fault.from)))}" height="${height}"/>`,
  )}<path class="area goodput" d="${areaPath(points, height)}"/><path class="line goodput" d="${linePath(points)}"/></svg>`;
}
