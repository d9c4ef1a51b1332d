import { type Duration, parseDuration } from '../../kernel/duration.ts';
import { OptionsError } from '../../kernel/errors.ts';
import { fraction, knownKeys, numberFrom, wholeNumber } from '../../kernel/options.ts';

/** When a circuit breaker opens, and how it closes again. */
export interface CircuitBreakerOptions {
  /** Opens when this fraction of the calls in the window failed, at least. Default 0.5, unless another rule is given. */
  readonly failureRate?: number;
  /** Opens when this fraction of the calls in the window was slow, at least. Default: slowness does not open it. */
  readonly slowCallRate?: number;
  /** A call is slow from this long on, also before it has ended. Needed with `slowCallRate`. */
  readonly slowCall?: Duration;
  /** Opens after this many failures in a row. Default: no such rule. */
  readonly consecutiveFailures?: number;
  /** What the rates are taken over: a time, or a number of calls. Default 10 s. */
  readonly window?: Duration | { readonly calls: number };
  /** No rate is judged on fewer calls. Default 20; with a window of calls no more than that window. */
  readonly minimumCalls?: number;
  /** How long it stays open before it lets probes pass. Default 5 s. */
  readonly openFor?: Duration;
  /** By what the open time grows each time that it opens again without a calm spell of `openForMax` before. Default 1: it does not grow. */
  readonly openForFactor?: number;
  /** The longest open time. Default: 10 times `openFor`. */
  readonly openForMax?: Duration;
  /** Lengthens the open time by chance up to this fraction, so that many instances do not probe in step. Default 0. */
  readonly openForJitter?: number;
  /** Successful probes that close it again. Default 1. */
  readonly probes?: number;
  /** Failed probes that are put up with; one more opens it again. Default 0. */
  readonly probeFailures?: number;
  /** Probes that may run at the same time. Default: as many as `probes`. */
  readonly probeConcurrency?: number;
  /** A probe that takes longer opens it again, so that one that never ends cannot hold it half-open. Default 60 s. */
  readonly probeTimeout?: Duration;
  /** After closing, lets calls pass in a share that grows evenly to all over this time. Default: all at once. */
  readonly ramp?: Duration;
  /**
   * Whether an error is a failure of what is protected. Default: every error and time-out, but no refusal by a policy
   * of ours within. An error that is none counts as a success, unless it is such a refusal, which counts as nothing;
   * nor does a call that its caller cancelled.
   */
  readonly isFailure?: (error: unknown) => boolean;
  /** Whether a result is a failure, such as a response with status 503. Default: none is. */
  readonly isFailureResult?: (value: unknown) => boolean;
}

/** The rules, checked and in milliseconds. */
export interface BreakerRules {
  readonly failureRate: number | undefined;
  readonly slowCallRate: number | undefined;
  readonly slowCallMs: number;
  readonly consecutiveFailures: number | undefined;
  readonly window: { readonly calls: number } | { readonly durationMs: number };
  readonly minimumCalls: number;
  readonly openForMs: number;
  readonly openForFactor: number;
  readonly openForMsMax: number;
  readonly openForJitter: number;
  readonly probes: number;
  readonly probeFailures: number;
  readonly probeConcurrency: number;
  readonly probeTimeoutMs: number;
  readonly rampMs: number;
}

const keys = [
  'failureRate',
  'slowCallRate',
  'slowCall',
  'consecutiveFailures',
  'window',
  'minimumCalls',
  'openFor',
  'openForFactor',
  'openForMax',
  'openForJitter',
  'probes',
  'probeFailures',
  'probeConcurrency',
  'probeTimeout',
  'ramp',
  'isFailure',
  'isFailureResult',
];

/** @throws OptionsError */
export function readBreakerOptions(options: CircuitBreakerOptions): BreakerRules {
  knownKeys('circuitBreaker', options, keys);
  const { failureRate, slowCallRate, slowCall, consecutiveFailures, ramp } = options;
  if ((slowCallRate === undefined) !== (slowCall === undefined)) {
    throw new OptionsError('slowCallRate', slowCallRate, 'given together with `slowCall`');
  }
  const otherRule = consecutiveFailures !== undefined || slowCallRate !== undefined;
  const window = readWindow(options.window ?? '10s');
  const callsMax = 'calls' in window ? window.calls : Number.MAX_SAFE_INTEGER;
  const openForMs = parseDuration('openFor', options.openFor ?? '5s', 1);
  const probes = wholeNumber('probes', options.probes ?? 1, 1, 10_000);
  const openForJitter = numberFrom('openForJitter', options.openForJitter ?? 0, 0);
  return {
    failureRate:
      failureRate === undefined ? (otherRule ? undefined : 0.5) : fraction('failureRate', failureRate),
    slowCallRate: slowCallRate === undefined ? undefined : fraction('slowCallRate', slowCallRate),
    slowCallMs: slowCall === undefined ? Infinity : parseDuration('slowCall', slowCall, 1),
    consecutiveFailures:
      consecutiveFailures === undefined
        ? undefined
        : wholeNumber('consecutiveFailures', consecutiveFailures, 1),
    window,
    minimumCalls: wholeNumber('minimumCalls', options.minimumCalls ?? Math.min(20, callsMax), 1, callsMax),
    openForMs,
    openForFactor: numberFrom('openForFactor', options.openForFactor ?? 1, 1),
    openForMsMax: parseDuration('openForMax', options.openForMax ?? openForMs * 10, openForMs),
    openForJitter,
    probes,
    probeFailures: wholeNumber('probeFailures', options.probeFailures ?? 0, 0, 10_000),
    probeConcurrency: wholeNumber('probeConcurrency', options.probeConcurrency ?? probes, 1, 10_000),
    probeTimeoutMs: parseDuration('probeTimeout', options.probeTimeout ?? '60s', 1),
    rampMs: ramp === undefined ? 0 : parseDuration('ramp', ramp),
  };
}

function readWindow(window: Duration | { readonly calls: number }): BreakerRules['window'] {
  if (typeof window !== 'object') return { durationMs: parseDuration('window', window, 10) };
  knownKeys('window', window, ['calls']);
  return { calls: wholeNumber('window.calls', window.calls, 1, 1_000_000) };
}
