import { type Duration, parseDuration } from '../../kernel/duration.ts';
import { OptionsError } from '../../kernel/errors.ts';
import { knownKeys, oneOf, wholeNumber } from '../../kernel/options.ts';
import type { Random } from '../../kernel/random.ts';
import { Aimd } from './aimd.ts';
import type { LimitAlgorithm } from './algorithm.ts';
import { EarlyRejection } from './early-rejection.ts';
import { EnvoyGradient } from './envoy-gradient.ts';
import { Gradient2 } from './gradient2.ts';
import { Pid } from './pid.ts';
import type { LimitBounds } from './state.ts';
import { Vegas } from './vegas.ts';

/** How a limit learns. */
export type LimitAlgorithmName = 'vegas' | 'gradient2' | 'aimd' | 'envoy-gradient' | 'pid';

/** How the limit learns, and who may wait. */
export interface AdaptiveLimitOptions {
  /**
   * How the limit learns. Default `vegas`.
   *
   * - `vegas`: by the queue that the time above the best one means; cautious, and takes a lasting brown-out for a queue
   * - `gradient2`: by the time now against the long run; starts slowly, and comes to take a long overload for the usual
   * - `aimd`: one more a window, a tenth less when calls are dropped or slower than `slow`; needs a fitting `slow`
   * - `envoy-gradient`: by the median against the best one, which it measures with few calls once a minute
   * - `pid`: as `vegas`, and under overload a share of calls is refused at once, the least critical first
   */
  readonly algorithm?: LimitAlgorithmName;
  /** The limit to begin with. Default 20, within `least` and `most`. */
  readonly initial?: number;
  /** Default 1. */
  readonly least?: number;
  /** Default 200 with `gradient2` and `aimd`, else 1,000. */
  readonly most?: number;
  /** How long is measured before the limit is set anew; longer where less than 10 calls ended. Default 1 s; 100 ms with `envoy-gradient`. */
  readonly window?: Duration;
  /** With `aimd`: calls that take longer on average are too slow. Default 5 s. */
  readonly slow?: Duration;
  /** With `envoy-gradient`: calls under way while the best time is measured; the others are turned away, unless they may wait. Default 3. */
  readonly probeConcurrency?: number;
  /** With `envoy-gradient`: how often the best time is measured. Default 1 min. */
  readonly probeEvery?: Duration;
  /** Calls that may wait for a place, the most critical first. Default 0. */
  readonly queue?: number;
  /** The longest wait. Default: no limit but the call's own. */
  readonly queueTimeout?: Duration;
  /**
   * Whether an error means that the other side has too much to do, such as a status 503. Default: only a time-out
   * does. Other errors say nothing: how fast something fails is no measure of how fast it works.
   */
  readonly isDropped?: (error: unknown) => boolean;
  /** Whether a result means that. Default: none does. */
  readonly isDroppedResult?: (value: unknown) => boolean;
}

/** The options, checked. */
export interface LimitSetup extends Pick<AdaptiveLimitOptions, 'isDropped' | 'isDroppedResult'> {
  readonly bounds: LimitBounds;
  readonly queueTimeoutMs: number | undefined;
  makeAlgorithm(random: Random): LimitAlgorithm;
  makeEarlyRejection(random: Random): EarlyRejection | undefined;
}

const algorithms: readonly LimitAlgorithmName[] = ['vegas', 'gradient2', 'aimd', 'envoy-gradient', 'pid'];

/** Which options belong to one algorithm only. */
const ownOptions = [
  ['slow', 'aimd'],
  ['probeConcurrency', 'envoy-gradient'],
  ['probeEvery', 'envoy-gradient'],
] as const;

/** @throws OptionsError */
export function readLimitOptions(options: AdaptiveLimitOptions): LimitSetup {
  knownKeys('adaptiveLimit', options, [
    'algorithm',
    'initial',
    'least',
    'most',
    'window',
    'slow',
    'probeConcurrency',
    'probeEvery',
    'queue',
    'queueTimeout',
    'isDropped',
    'isDroppedResult',
  ]);
  const algorithm = oneOf('algorithm', options.algorithm ?? 'vegas', algorithms);
  for (const [option, owner] of ownOptions) {
    if (options[option] !== undefined && algorithm !== owner) {
      throw new OptionsError('algorithm', algorithm, `'${owner}' where \`${option}\` is given`);
    }
  }
  const { queueTimeout, isDropped, isDroppedResult } = options;
  return {
    bounds: readBounds(options, algorithm === 'gradient2' || algorithm === 'aimd' ? 200 : 1_000),
    queueTimeoutMs: queueTimeout === undefined ? undefined : parseDuration('queueTimeout', queueTimeout, 1),
    makeAlgorithm: readAlgorithm(options, algorithm),
    makeEarlyRejection: (random) =>
      algorithm === 'pid' ? new EarlyRejection(new Pid(0.1, 1.4, 0, 0.95), 500, random) : undefined,
    ...(isDropped && { isDropped }),
    ...(isDroppedResult && { isDroppedResult }),
  };
}

function readBounds(options: AdaptiveLimitOptions, mostByDefault: number): LimitBounds {
  const least = wholeNumber('least', options.least ?? 1, 1);
  const most = wholeNumber('most', options.most ?? Math.max(least, mostByDefault), least);
  const initial = options.initial ?? Math.min(most, Math.max(least, 20));
  return {
    least,
    most,
    initial: wholeNumber('initial', initial, least, most),
    queue: wholeNumber('queue', options.queue ?? 0, 0),
  };
}

function readAlgorithm(
  options: AdaptiveLimitOptions,
  algorithm: LimitAlgorithmName,
): (random: Random) => LimitAlgorithm {
  const windowMs = parseDuration(
    'window',
    options.window ?? (algorithm === 'envoy-gradient' ? 100 : '1s'),
    1,
  );
  const slowMs = parseDuration('slow', options.slow ?? '5s', 1);
  const probeConcurrency = wholeNumber('probeConcurrency', options.probeConcurrency ?? 3, 1);
  const probeEveryMs = parseDuration('probeEvery', options.probeEvery ?? '1m', 1);
  if (algorithm === 'gradient2') return () => new Gradient2(windowMs);
  if (algorithm === 'aimd') return () => new Aimd(windowMs, slowMs);
  if (algorithm === 'envoy-gradient') {
    return (random) => new EnvoyGradient(windowMs, probeConcurrency, probeEveryMs, random);
  }
  return (random) => new Vegas(windowMs, random);
}
