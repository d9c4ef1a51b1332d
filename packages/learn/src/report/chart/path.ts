/** Lines and areas as SVG path data; a point without a value leaves a gap. */

/** A point; `y` is undefined where nothing was measured. */
export interface Point {
  readonly x: number;
  readonly y: number | undefined;
}

/** A line through the points. A lone point becomes a short stroke, so that it can be seen. */
export function linePath(points: readonly Point[]): string {
  return runs(points)
    .map(([first, ...rest]) =>
      rest.length === 0
        ? `M${place(first)}h1.5`
        : `M${place(first)}${rest.map((point) => `L${place(point)}`).join('')}`,
    )
    .join('');
}

/** The area between the points and a base line. */
export function areaPath(points: readonly Point[], base: number): string {
  return runs(points)
    .map((run) => {
      const last = run.at(-1) ?? run[0];
      const line = run.map((point) => `L${place(point)}`).join('');
      return `M${coordinate(run[0].x)} ${coordinate(base)}${line}L${coordinate(last.x)} ${coordinate(base)}Z`;
    })
    .join('');
}

/** A number as SVG takes it, to a tenth of a pixel. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The stretches without a gap. */
function runs(points: readonly Point[]): [Place, ...Place[]][] {
  const found: [Place, ...Place[]][] = [];
  let open = false;
  for (const { x, y } of points) {
    if (y === undefined) {
      open = false;
      continue;
    }
    const run = found.at(-1);
    if (open && run !== undefined) run.push({ x, y });
    else found.push([{ x, y }]);
    open = true;
  }
  return found;
}

function place({ x, y }: Place): string {
  return `${coordinate(x)} ${coordinate(y)}`;
}
