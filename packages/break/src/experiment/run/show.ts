/** A count with a comma between thousands: `12,400`. */
export function showCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/**
 * A fraction as a percentage with at most two decimals. Rounded towards 0, so that what missed 99 % by a hair is never
 * shown as 99 %.
 */
export function showShare(share: number): string {
  // Floating point makes 0.29 * 10000 a little too small.
  const hundredths = Math.trunc(share * 10_000 + Math.sign(share) * 1e-6);
  return `${hundredths / 100} %`;
}
