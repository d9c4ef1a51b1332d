import type { CallOptions } from '../kernel/call-options.ts';
import { type Duration, parseDuration } from '../kernel/duration.ts';
import { OptionsError } from '../kernel/errors.ts';
import { type Binding, definePolicy, type Layer, layer, type Policy } from '../kernel/layer.ts';
import { knownKeys, oneOf, wholeNumber } from '../kernel/options.ts';
import { checkRecord } from '../kernel/store.ts';
import { LeasedLimit } from './leased-limit.ts';
import { LimitAsks } from './limit-asks.ts';
import { LimitFace, type WhenDown } from './limit-face.ts';
import type { LimitRule, LimitStore } from './limit-store.ts';
import { StoreLink } from './store-link.ts';
import { StrictLimit } from './strict-limit.ts';

/** How many calls may be made in which time, by all processes together. */
export interface SharedRateLimitOptions {
  /** Calls allowed, from 1. */
  readonly limit: number;
  /** In this time. Default 1 s. */
  readonly per?: Duration;
  /** Calls that may come at once. Default: the limit. */
  readonly burst?: number;
  /** What counts for all of them, such as `redisLimits({ client })`. */
  readonly store: LimitStore;
  /** The limit's name in the store; whoever uses the same shares the limit. Default: the pipeline's name. */
  readonly name?: string;
  /** Gives each key a limit of its own, such as `({ tenant }) => tenant`. Default: one limit for all calls. */
  readonly key?: (call: CallOptions) => string | undefined;
  /**
   * `strict` (default): each decision asks the store, many together in one round trip. `leased`: this process takes
   * permits in advance, as many as it will soon need, and decides by itself.
   */
  readonly mode?: 'strict' | 'leased';
  /**
   * With `leased`: how long permits that were taken may be used, from 10 ms; what is unused by then is lost. In any time
   * no more calls pass than the limit allows in that time and one lease. Default 200 ms.
   */
  readonly lease?: Duration;
  /** How long the store may take to answer; no longer than the lease. Default 100 ms. */
  readonly timeout?: Duration;
  /**
   * While the store is down. `open` (default): every call passes. `closed`: none does. `local`: each process has the
   * whole limit for itself.
   */
  readonly whenDown?: WhenDown;
  /** Keys for which this process remembers something; beyond it the one unused for longest is forgotten. Default 10,000. */
  readonly maxKeys?: number;
}

/** What can be seen of a shared limit. */
export interface SharedRateLimit {
  /** Whether the store answers; while it does not, `whenDown` decides. */
  readonly storeIsUp: boolean;
}

const keys = [
  'limit',
  'per',
  'burst',
  'store',
  'name',
  'key',
  'mode',
  'lease',
  'timeout',
  'whenDown',
  'maxKeys',
];

/**
 * Limits how many calls are made in a time by all processes that share a store. A call that is refused rejects with
 * RATE_LIMITED.
 *
 * A call that is given up while the store is asked may use up a permit. A store that does not answer is asked again from
 * the background; no call waits for it twice.
 *
 * @throws OptionsError
 * @example sharedRateLimit({ limit: 1_000, store: redisLimits({ client }), mode: 'leased', whenDown: 'local' })
 */
export function sharedRateLimit(options: SharedRateLimitOptions): Policy<never, false, SharedRateLimit> {
  knownKeys('sharedRateLimit', options, keys);
  const limit = wholeNumber('limit', options.limit, 1);
  const emissionMs = parseDuration('per', options.per ?? '1s', 1) / limit;
  const { name, store, key } = options;
  if (typeof store?.take !== 'function') throw new OptionsError('store', store, 'a store of limits');
  if (name !== undefined) checkRecord(name);
  const isLeased = oneOf('mode', options.mode ?? 'strict', ['strict', 'leased']) === 'leased';
  const leaseMs = parseDuration('lease', options.lease ?? 200, 10);
  const timeoutMs = parseDuration('timeout', options.timeout ?? Math.min(100, leaseMs), 1);
  // Permits that came later could not be used any more.
  if (isLeased && timeoutMs > leaseMs) {
    throw new OptionsError('timeout', timeoutMs, `no longer than the lease of ${leaseMs} ms`);
  }
  const setup: SharedLimitSetup = {
    name,
    store,
    key,
    emissionMs,
    toleranceMs: emissionMs * wholeNumber('burst', options.burst ?? limit, 1),
    isLeased,
    leaseMs,
    timeoutMs,
    whenDown: oneOf('whenDown', options.whenDown ?? 'open', ['open', 'closed', 'local']),
    maxKeys: wholeNumber('maxKeys', options.maxKeys ?? 10_000, 1),
  };
  return definePolicy('rate-limit', (binding) => sharedLimitLayer(binding, setup));
}

interface SharedLimitSetup {
  readonly name: string | undefined;
  readonly store: LimitStore;
  readonly key: SharedRateLimitOptions['key'];
  readonly emissionMs: number;
  readonly toleranceMs: number;
  readonly isLeased: boolean;
  readonly leaseMs: number;
  readonly timeoutMs: number;
  readonly whenDown: WhenDown;
  readonly maxKeys: number;
}

function sharedLimitLayer(binding: Binding, setup: SharedLimitSetup): Layer {
  const { runtime } = binding;
  const { emissionMs, toleranceMs, leaseMs, maxKeys, store } = setup;
  const rule: LimitRule = { name: setup.name ?? binding.pipeline, emissionMs, toleranceMs };
  const link = new StoreLink(binding, 'rate-limit', store.name, setup.timeoutMs);
  const face = new LimitFace(binding, link, setup.whenDown, rule, maxKeys);
  const asks = new LimitAsks(store, rule, link);
  const decider = setup.isLeased
    ? new LeasedLimit({ asks, face, rule, runtime, leaseMs }, maxKeys)
    : new StrictLimit(asks, face);
  const { key } = setup;

  return layer({
    machine: {
      get storeIsUp() {
        return link.isUp;
      },
    } satisfies SharedRateLimit,
    enter(call) {
      const of = key?.(call.options) ?? '';
      if (of !== '') checkRecord(of);
      return decider.decide(of, call);
    },
    close: () => decider.close(),
  });
}
