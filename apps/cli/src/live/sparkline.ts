/** A row of bars, one a column, that shows how a figure went. */

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/**
 * Draws values as bars between 0 and `most`.
 *
 * Nothing at all is a space and the least there is has a bar, so that little and none look different.
 */
export function sparkline(values: readonly number[], most: number): string {
  return values.map((value) => barOf(value, most)).join('');
}

function barOf(value: number, most: number): string {
  if (value <= 0 || most <= 0) return ' ';
  const step = Math.min(bars.length - 1, Math.floor((value / most) * bars.length));
  return bars[step] ?? ' ';
}
