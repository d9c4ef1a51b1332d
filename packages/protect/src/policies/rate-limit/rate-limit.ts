import type { CallOptions } from '../../kernel/call-options.ts';
import { BoundedMap } from '../../kernel/bounded-map.ts';
import { type Duration, parseDuration } from '../../kernel/duration.ts';
import { OptionsError } from '../../kernel/errors.ts';
import {
  Admission,
  type Binding,
  type Call,
  definePolicy,
  type Entry,
  type Layer,
  layer,
  type Policy,
  Refusal,
} from '../../kernel/layer.ts';
import { knownKeys, oneOf, wholeNumber } from '../../kernel/options.ts';
import { sleep } from '../../kernel/sleep.ts';
import { RateLimitedError } from './errors.ts';
import { type RateLimiter, SlidingWindow, TokenBucket } from './state.ts';

/** How many calls may be made in which time. */
export interface RateLimitOptions {
  /** Calls allowed, from 1. */
  readonly limit: number;
  /** In this time. Default 1 s. */
  readonly per?: Duration;
  /** `token-bucket` (default) lets bursts pass and holds the average; `sliding-window` counts calls in the last `per`. */
  readonly algorithm?: 'token-bucket' | 'sliding-window';
  /** For a token bucket: calls that may come at once. Default: the limit. */
  readonly burst?: number;
  /** For a token bucket: how long a call may wait for its turn instead of being refused. Default: not at all. */
  readonly maxWait?: Duration;
  /** Gives each key a limit of its own, such as `({ tenant }) => tenant`. Default: one limit for all calls. */
  readonly key?: (call: CallOptions) => string | undefined;
  /** Keys that are remembered at the same time; beyond it the one unused for longest is forgotten. Default 10,000. */
  readonly maxKeys?: number;
}

/**
 * Limits how many calls are made in a time.
 *
 * @throws OptionsError
 * @example rateLimit({ limit: 100, per: '1s', key: ({ tenant }) => tenant })
 */
export function rateLimit(options: RateLimitOptions): Policy<never, false, RateLimits> {
  knownKeys('rateLimit', options, ['limit', 'per', 'algorithm', 'burst', 'maxWait', 'key', 'maxKeys']);
  const limit = wholeNumber('limit', options.limit, 1);
  const perMs = parseDuration('per', options.per ?? '1s', 1);
  const algorithm = oneOf('algorithm', options.algorithm ?? 'token-bucket', [
    'token-bucket',
    'sliding-window',
  ]);
  const burst = wholeNumber('burst', options.burst ?? limit, 1);
  const waitMsMax = parseDuration('maxWait', options.maxWait ?? 0);
  const maxKeys = wholeNumber('maxKeys', options.maxKeys ?? 10_000, 1);
  if (algorithm === 'sliding-window' && (waitMsMax > 0 || options.burst !== undefined)) {
    throw new OptionsError('algorithm', algorithm, '`token-bucket` where `burst` or `maxWait` is given');
  }
  const make = () =>
    algorithm === 'token-bucket' ? new TokenBucket(limit, perMs, burst) : new SlidingWindow(limit, perMs);
  return definePolicy('rate-limit', (binding) =>
    rateLimitLayer(binding, new RateLimits(make, maxKeys), options.key, waitMsMax),
  );
}

/** The limiters of all keys. */
export class RateLimits {
  readonly #make: () => RateLimiter;
  readonly #common: RateLimiter;
  readonly #byKey: BoundedMap<string, RateLimiter>;

  constructor(make: () => RateLimiter, maxKeys: number) {
    this.#make = make;
    this.#common = make();
    this.#byKey = new BoundedMap(maxKeys);
  }

  /** The limiter of a key; without a key the one for all calls that have none. */
  of(key: string | undefined): RateLimiter {
    if (key === undefined) return this.#common;
    let limiter = this.#byKey.get(key);
    if (limiter === undefined) {
      limiter = this.#make();
      this.#byKey.set(key, limiter);
    }
    return limiter;
  }

  /** Whether no limit is used at `now`. */
  isIdle(now: number): boolean {
    if (!this.#common.isIdle(now)) return false;
    for (const [, limiter] of this.#byKey.entries()) if (!limiter.isIdle(now)) return false;
    return true;
  }

  /** Keys that are remembered. */
  get keys(): number {
    return this.#byKey.size;
  }
}

function rateLimitLayer(
  binding: Binding,
  machine: RateLimits,
  key: RateLimitOptions['key'],
  waitMsMax: number,
): Layer {
  const { emit, pipeline, runtime } = binding;
  const common = machine.of(undefined);

  function take(call: Call, limiter: RateLimiter): Entry {
    const waitMs = limiter.take(call.now(), 1, waitMsMax);
    if (waitMs === 0) return undefined;
    if (waitMs > 0) {
      const turn = sleep(runtime.timers, waitMs);
      return new Admission(turn.ready, (reason) => {
        turn.cancel(reason);
        limiter.giveBack(1);
      });
    }
    const retryAfterMs = waitMs === Number.NEGATIVE_INFINITY ? undefined : -waitMs;
    if (runtime.events.active) emit('rate-limit.rejected', { retryAfterMs });
    return new Refusal(new RateLimitedError(pipeline, retryAfterMs));
  }

  return layer({
    machine,
    atRest: (now) => machine.isIdle(now),
    enter:
      key === undefined ? (call) => take(call, common) : (call) => take(call, machine.of(key(call.options))),
  });
}
