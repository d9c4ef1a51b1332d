import { type Duration, parseDuration } from '../kernel/duration.ts';
import { OptionsError } from '../kernel/errors.ts';
import { fraction, knownKeys, oneOf, wholeNumber } from '../kernel/options.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Balance } from './choice.ts';
import type { DiscoveryRules } from './discovery.ts';
import type { EjectionRules } from './ejection.ts';
import type { EndpointSetRules } from './endpoint-set.ts';
import type { HealthCheck, HealthCheckRules } from './health-checks.ts';
import type { EndpointSourceLike } from './source.ts';

/** Where the servers are, and how one is chosen. */
export interface EndpointsOptions {
  /** A list of URLs that never changes, a function that says where the servers are now, or a source such as `dnsAddresses()`. */
  readonly source: EndpointSourceLike;
  /** The longest time between two questions to the source; one whose answer holds for a shorter time is asked sooner. Default 30 s. */
  readonly refreshEvery?: Duration;
  /** How long the source may take to answer. Default 5 s. */
  readonly sourceTimeout?: Duration;
  /**
   * How long its last good answer is used while the source fails. Default 1 h: servers seldom move just because the
   * source is away, and those that are gone are found by calls and checks.
   */
  readonly keepFor?: Duration;
  /**
   * What an answer without any server means. `believe` (default): there is none. `doubt`: that the source is wrong, so
   * the servers known before are kept as if it had failed.
   */
  readonly empty?: 'believe' | 'doubt';
  /** More servers than that are not taken over, the last ones of an answer; an event says so. Default 1,000. */
  readonly maxSize?: number;
  /**
   * How a server is chosen. `least-latency` (default): of two drawn by chance the one that answers sooner, by its
   * latency, its calls under way and its failures. `random`. `round-robin`: one after the other.
   */
  readonly balance?: Balance;
  /** Servers of this zone come before others of the same priority. Default: none does. */
  readonly zone?: string;
  /** Asks servers how they are. Default: nobody is asked. */
  readonly health?: HealthOptions;
  /** When a server gets no calls for a time because calls to it failed; `false` for never. */
  readonly ejection?: EjectionOptions | false;
  /** When less than this share of the servers is available, all are used. From 0, which is never, to 0.7. Default 0.5. */
  readonly panicBelow?: number;
  /**
   * Whether an error of a call is a failure of its server. Default: every error and time-out, but no refusal by a policy
   * of ours. An error that is none counts as a success, unless it is such a refusal, which counts as nothing; nor does a
   * call that its caller gave up.
   */
  readonly isFailure?: (error: unknown) => boolean;
  /**
   * Whether a result is a failure of its server. Default: an object whose `status` is from 500 to 599, such as a response
   * of `fetch`; else a server that refuses everything at once would look the fastest of all.
   */
  readonly isFailureResult?: (value: unknown) => boolean;
  /** Default: the one runtime of the process. */
  readonly runtime?: Runtime;
}

/** How servers are asked how they are. */
export interface HealthOptions {
  /** Asks one server: `httpCheck('/health')`, or a function; `false` or an error says that it is unhealthy. */
  readonly check: HealthCheck;
  /** From the end of one check to the next. Default 10 s. */
  readonly interval?: Duration;
  /** A check that takes longer has failed. Default 1 s. */
  readonly timeout?: Duration;
  /** By which part the interval is longer or shorter by chance, from 0 to 1. Default 0.1. */
  readonly jitter?: number;
  /** Checks in a row that must pass before an unhealthy server is used again. Default 2. */
  readonly healthyAfter?: number;
  /** Checks in a row that must fail before a server is used no more. Default 3; the very first check decides alone. */
  readonly unhealthyAfter?: number;
}

/** When a server is an outlier, and for how long it gets no calls. */
export interface EjectionOptions {
  /** So many failures in a row. Default 5. */
  readonly consecutiveFailures?: number;
  /** By how much its share of failed calls is above that of all others, from 0 to 1. Default 0.3. */
  readonly failureRateAbove?: number;
  /** The shares are taken over the last one to two times this long. Default 10 s. */
  readonly window?: Duration;
  /** No share is judged on fewer calls, its own and the others'. Default 20. */
  readonly minimumCalls?: number;
  /** The first time without calls; the n-th in a row is n times as long. Default 30 s. */
  readonly baseTime?: Duration;
  /** The longest time without calls. Default: 10 times `baseTime`. */
  readonly maxTime?: Duration;
  /** The largest share of servers that are ejected at a time, but always one of several, and never all. Default 0.5. */
  readonly maxShare?: number;
}

/** Everything that the options say, checked. */
export interface EndpointsRules {
  readonly set: EndpointSetRules;
  readonly discovery: DiscoveryRules;
  readonly checks: HealthCheckRules | undefined;
}

/** @throws OptionsError */
export function readEndpointsOptions(options: EndpointsOptions): EndpointsRules {
  knownKeys('endpoints', options, [
    'source',
    'refreshEvery',
    'sourceTimeout',
    'keepFor',
    'empty',
    'maxSize',
    'balance',
    'zone',
    'health',
    'ejection',
    'panicBelow',
    'isFailure',
    'isFailureResult',
    'runtime',
  ]);
  const { health, ejection = {}, panicBelow = 0.5 } = options;
  if (typeof panicBelow !== 'number' || !(panicBelow >= 0 && panicBelow <= 0.7)) {
    throw new OptionsError('panicBelow', panicBelow, 'a share from 0 to 0.7, such as 0.5');
  }
  const checks = health === undefined ? undefined : readHealth(health);
  return {
    set: {
      balance: oneOf('balance', options.balance ?? 'least-latency', [
        'least-latency',
        'random',
        'round-robin',
      ]),
      ejection: ejection === false ? undefined : readEjection(ejection),
      health: {
        healthyAfter: wholeNumber('health.healthyAfter', health?.healthyAfter ?? 2, 1, 1_000),
        unhealthyAfter: wholeNumber('health.unhealthyAfter', health?.unhealthyAfter ?? 3, 1, 1_000),
      },
      panicBelow,
      zone: options.zone,
    },
    discovery: {
      refreshMs: parseDuration('refreshEvery', options.refreshEvery ?? '30s', 1_000),
      timeoutMs: parseDuration('sourceTimeout', options.sourceTimeout ?? '5s', 1),
      keepForMs: parseDuration('keepFor', options.keepFor ?? '1h'),
      doubtEmpty: oneOf('empty', options.empty ?? 'believe', ['believe', 'doubt']) === 'doubt',
      endpointsMax: wholeNumber('maxSize', options.maxSize ?? 1_000, 1, 100_000),
    },
    checks,
  };
}

function readHealth(health: HealthOptions): HealthCheckRules {
  knownKeys('health', health, ['check', 'interval', 'timeout', 'jitter', 'healthyAfter', 'unhealthyAfter']);
  const { check, jitter = 0.1 } = health;
  if (typeof check !== 'function') {
    throw new OptionsError('health.check', check, "a function, or httpCheck('/health')");
  }
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 1)) {
    throw new OptionsError('health.jitter', jitter, 'a fraction from 0 to 1');
  }
  return {
    check,
    intervalMs: parseDuration('health.interval', health.interval ?? '10s', 1),
    timeoutMs: parseDuration('health.timeout', health.timeout ?? '1s', 1),
    jitter,
  };
}

function readEjection(ejection: EjectionOptions): EjectionRules {
  knownKeys('ejection', ejection, [
    'consecutiveFailures',
    'failureRateAbove',
    'window',
    'minimumCalls',
    'baseTime',
    'maxTime',
    'maxShare',
  ]);
  const baseMs = parseDuration('ejection.baseTime', ejection.baseTime ?? '30s', 1);
  return {
    consecutiveFailures: wholeNumber('ejection.consecutiveFailures', ejection.consecutiveFailures ?? 5, 1),
    failureRateAbove: fraction('ejection.failureRateAbove', ejection.failureRateAbove ?? 0.3),
    windowMs: parseDuration('ejection.window', ejection.window ?? '10s', 10),
    minimumCalls: wholeNumber('ejection.minimumCalls', ejection.minimumCalls ?? 20, 1),
    baseMs,
    baseMsMax: parseDuration('ejection.maxTime', ejection.maxTime ?? baseMs * 10, baseMs),
    shareMax: fraction('ejection.maxShare', ejection.maxShare ?? 0.5),
  };
}
