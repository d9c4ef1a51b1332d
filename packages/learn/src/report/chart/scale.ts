/** From values to places on a chart. */

/** Maps a value to a coordinate. */
export type Scale = (value: number) => number;

/** Equal steps stay equal. A domain of no width maps to the range's start. */
export function linear(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const width = domain[1] - domain[0];
  return (value) => (width > 0 ? range[0] + ((value - domain[0]) / width) * (range[1] - range[0]) : range[0]);
}

/** Equal ratios stay equal; values below the domain lie on its edge. */
export function logarithmic(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const scale = linear([Math.log10(domain[0]), Math.log10(domain[1])], range);
  return (value) => scale(Math.log10(Math.min(domain[1], Math.max(domain[0], value))));
}

/** Round values from 0 up to `max` or just above, about `count` of them. */
export function ticksUpTo(max: number, count: number): number[] {
  if (!(max > 0) || !Number.isFinite(max)) return [0, 1];
  const step = roundStep(max / count);
  const steps = Math.ceil(max / step - 1e-9);
  return Array.from({ length: steps + 1 }, (_, index) => index * step);
}

/** Round values within a domain, about `count` of them. */
export function ticksWithin([from, to]: readonly [number, number], count: number): number[] {
  if (!(to > from)) return [from];
  const step = roundStep((to - from) / count);
  const first = Math.ceil(from / step);
  const last = Math.floor(to / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
}

/** The powers of ten that enclose some positive values: at least one decade. */
export function decadesAround(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return [1, 100];
  const least = positive.reduce((one, other) => Math.min(one, other));
  const most = positive.reduce((one, other) => Math.max(one, other));
  const low = Math.max(-2, Math.floor(Math.log10(least)));
  return [10 ** low, 10 ** Math.max(low + 1, Math.ceil(Math.log10(most)))];
}

/** 1, 2 or 5 times a power of ten, at least as large. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}
