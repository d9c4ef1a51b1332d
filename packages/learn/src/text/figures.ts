/**
 * Figures as people read them: always with their unit, never rounded to a claim that is not true (99.97 % is not 100 %).
 */

const minus = '\u2212';

/** A length of time: `0 ms`, `3.2 ms`, `420 ms`, `1.2 s`, `12 s`, `2 min 5 s`. */
export function showDuration(ms: number): string {
  if (ms < 0) return minus + showDuration(-ms);
  if (ms < 9.95) return `${trim(ms.toFixed(1))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${trim((ms / 1000).toFixed(1))} s`;
  if (ms < 59_500) return `${Math.round(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return joined(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

/** A share as a percentage; what is less than the whole never reads as `100 %`, what is more than nothing never as `0 %`. */
export function showShare(share: number): string {
  if (share <= 0) return '0 %';
  if (share >= 1) return share < 1.005 ? '100 %' : `${Math.round(share * 100)} %`;
  if (share < 0.001) return 'under 0.1 %';
  if (share > 0.999) return 'over 99.9 %';
  const percent = share * 100;
  const digits = percent < 10 || percent > 95 ? 1 : 0;
  return `${trim(percent.toFixed(digits))} %`;
}

/** A number of things, thousands apart: `12 345`. */
export function showCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, '\u202F');
}

/** How often a second: `198/s`, `0.4/s`. */
export function showRate(perSecond: number): string {
  return perSecond < 9.95 ? `${trim(perSecond.toFixed(1))}/s` : `${showCount(perSecond)}/s`;
}

/** How many times: `1.04×`. */
export function showTimes(ratio: number): string {
  return `${trim(ratio >= 9.95 ? ratio.toFixed(0) : ratio.toFixed(2))}×`;
}

/** A moment on an experiment's clock, counted from its first fault: `+2.1 s`, `−5.0 s`. */
export function showOffset(ms: number): string {
  const tenths = Math.round(ms / 100);
  return `${tenths < 0 ? minus : '+'}${(Math.abs(tenths) / 10).toFixed(1)} s`;
}

/** A date and time of day, UTC: `2026-11-24 10:02:31`. */
export function showDateTime(at: number): string {
  const text = iso(at);
  return text === undefined ? 'unknown time' : `${text.slice(0, 10)} ${text.slice(11, 19)}`;
}

/** A time of day, UTC, to the tenth of a second: `10:02:31.2`. */
export function showClock(at: number): string {
  return iso(at)?.slice(11, 21) ?? 'unknown';
}

/** A date, UTC: `2026-11-24`. */
export function showDate(at: number): string {
  return iso(at)?.slice(0, 10) ?? 'unknown';
}

/** `1 fault`, `2 faults`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${showCount(count)} ${count === 1 ? one : many}`;
}

/** The last instant that a JavaScript date can name. */
const lastInstant = 8.64e15;

function iso(at: number): string | undefined {
  return Math.abs(at) <= lastInstant ? new Date(at).toISOString() : undefined;
}

function joined(first: number, firstUnit: string, second: number, secondUnit: string): string {
  return second === 0 ? `${first} ${firstUnit}` : `${first} ${firstUnit} ${second} ${secondUnit}`;
}

function trim(fixed: string): string {
  return fixed.replace(/\.0+$/, '').replace(/(\.\d*?)0+$/, '$1');
}
