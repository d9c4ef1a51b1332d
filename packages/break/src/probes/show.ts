/** The nearest-rank quantile of ascending numbers; 0 when there are none. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? 0;
}

/** A length of time as people read it: `0.4 ms`, `12 ms`, `2.5 s`. */
export function showMs(ms: number): string {
  if (ms >= 1_000) return `${trim((ms / 1_000).toFixed(ms < 10_000 ? 2 : 1))} s`;
  return `${ms < 10 ? trim(ms.toFixed(1)) : Math.round(ms)} ms`;
}

/** Without zeros behind the point. */
function trim(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}
