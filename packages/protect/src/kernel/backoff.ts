import { type Duration, parseDuration } from './duration.ts';
import { knownKeys, numberFrom, oneOf } from './options.ts';
import type { Random } from './random.ts';

/**
 * How long to wait before the next attempt, in milliseconds.
 *
 * @param attempt - the number of the attempt that failed, from 1
 * @param previousMs - the wait before that attempt; 0 before the first
 */
export type Backoff = (attempt: number, previousMs: number, random: Random) => number;

/**
 * How chance spreads the waits, so that clients that failed together do not come back together.
 *
 * - `full`: anywhere from 0 to the backoff; the least work for the server
 * - `equal`: half the backoff, and chance for the other half
 * - `decorrelated`: from the base to three times the previous wait
 * - `none`
 *
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export type Jitter = 'full' | 'equal' | 'decorrelated' | 'none';

export interface ExponentialOptions {
  /** The first backoff. Default 100 ms. */
  readonly base?: Duration;
  /** By what each further one is multiplied. Default 2. */
  readonly factor?: number;
  /** The longest backoff. Default 30 s. */
  readonly max?: Duration;
  /** Default `full`. */
  readonly jitter?: Jitter;
}

/**
 * Waits that grow by a factor: base, base x factor, base x factor², up to a maximum, spread by jitter.
 *
 * @throws OptionsError
 * @example exponential({ base: '50ms', max: '1s' })
 */
export function exponential(options: ExponentialOptions = {}): Backoff {
  knownKeys('exponential', options, ['base', 'factor', 'max', 'jitter']);
  const baseMs = parseDuration('base', options.base ?? 100);
  const maxMs = parseDuration('max', options.max ?? '30s', baseMs);
  const factor = numberFrom('factor', options.factor ?? 2, 1);
  const jitter = oneOf('jitter', options.jitter ?? 'full', ['full', 'equal', 'decorrelated', 'none']);
  if (jitter === 'decorrelated') {
    return (_attempt, previousMs, random) => {
      const highest = Math.max(baseMs, previousMs * 3);
      return Math.min(maxMs, baseMs + random() * (highest - baseMs));
    };
  }
  const spread = jitters[jitter];
  return (attempt, _previousMs, random) => spread(Math.min(maxMs, baseMs * factor ** (attempt - 1)), random);
}

/** The same wait each time. Jitter default `none`. */
export function constant(
  delay: Duration,
  options: { readonly jitter?: 'full' | 'equal' | 'none' } = {},
): Backoff {
  knownKeys('constant', options, ['jitter']);
  const delayMs = parseDuration('delay', delay);
  const spread = jitters[oneOf('jitter', options.jitter ?? 'none', ['full', 'equal', 'none'])];
  return (_attempt, _previousMs, random) => spread(delayMs, random);
}

export interface LinearOptions {
  /** The first backoff. Default 100 ms. */
  readonly base?: Duration;
  /** What each further one adds. Default: the base. */
  readonly step?: Duration;
  /** The longest backoff. Default 30 s. */
  readonly max?: Duration;
  /** Default `full`. */
  readonly jitter?: 'full' | 'equal' | 'none';
}

/** Waits that grow by the same amount each time, up to a maximum. */
export function linear(options: LinearOptions = {}): Backoff {
  knownKeys('linear', options, ['base', 'step', 'max', 'jitter']);
  const baseMs = parseDuration('base', options.base ?? 100);
  const stepMs = parseDuration('step', options.step ?? baseMs);
  const maxMs = parseDuration('max', options.max ?? '30s', baseMs);
  const spread = jitters[oneOf('jitter', options.jitter ?? 'full', ['full', 'equal', 'none'])];
  return (attempt, _previousMs, random) => spread(Math.min(maxMs, baseMs + stepMs * (attempt - 1)), random);
}

const jitters: Readonly<Record<'full' | 'equal' | 'none', (delayMs: number, random: Random) => number>> = {
  full: (delayMs, random) => random() * delayMs,
  equal: (delayMs, random) => delayMs / 2 + (random() * delayMs) / 2,
  none: (delayMs) => delayMs,
};
