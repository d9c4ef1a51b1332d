import { OptionsError } from './errors.ts';

type Unit = 'ms' | 's' | 'm' | 'h';

/** A length of time: milliseconds as a number, or a string such as `'300ms'`, `'5s'`, `'2m'`, `'1h'`. */
export type Duration = number | `${number}${Unit}`;

const unitMs: Readonly<Record<Unit, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Reads a duration as milliseconds.
 *
 * @param name - the option it belongs to, for the error
 * @throws OptionsError when it is no number of at least `least` milliseconds with a unit of ms, s, m or h
 * @example parseDuration('window', '10s') // 10000
 */
export function parseDuration(name: string, value: Duration, least = 0): number {
  const ms = typeof value === 'number' ? value : fromText(value);
  if (ms === undefined || !Number.isFinite(ms) || ms < least) {
    const atLeast = least > 0 ? ` of at least ${least} ms` : '';
    throw new OptionsError(name, value, `a duration${atLeast} such as 300, '300ms', '5s', '2m' or '1h'`);
  }
  return ms;
}

function fromText(text: unknown): number | undefined {
  const match = typeof text === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) : null;
  return match ? Number(match[1]) * unitMs[match[2] as Unit] : undefined;
}
