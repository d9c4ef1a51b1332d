/** What a shared limit says to a call: its refusals, and its decisions while the store is down. */
import { type Binding, Refusal } from '../kernel/layer.ts';
import { RateLimitedError } from '../policies/rate-limit/errors.ts';
import { RateLimits } from '../policies/rate-limit/rate-limit.ts';
import { TokenBucket } from '../policies/rate-limit/state.ts';
import type { LimitRule } from './limit-store.ts';
import type { StoreLink } from './store-link.ts';

/** While the store is down: every call passes, none does, or each process limits by itself. */
export type WhenDown = 'open' | 'closed' | 'local';

export class LimitFace {
  readonly #binding: Binding;
  readonly #link: StoreLink;
  readonly #whenDown: WhenDown;
  readonly #local: RateLimits | undefined;

  constructor(binding: Binding, link: StoreLink, whenDown: WhenDown, rule: LimitRule, maxKeys: number) {
    this.#binding = binding;
    this.#link = link;
    this.#whenDown = whenDown;
    const { emissionMs, toleranceMs } = rule;
    const bucket = () => new TokenBucket(1, emissionMs, toleranceMs / emissionMs);
    this.#local = whenDown === 'local' ? new RateLimits(bucket, maxKeys) : undefined;
  }

  /** The error of a call that is refused. */
  refusal(retryAfterMs: number, cause?: unknown): RateLimitedError {
    const { emit, pipeline, runtime } = this.#binding;
    if (runtime.events.active) emit('rate-limit.rejected', { retryAfterMs });
    return new RateLimitedError(pipeline, retryAfterMs, cause);
  }

  /** What a call hears while the store is down: nothing when it may pass. */
  errorWithoutStore(
    key: string,
    now: number = this.#binding.runtime.clock.now(),
  ): RateLimitedError | undefined {
    if (this.#whenDown === 'open') return undefined;
    if (this.#local === undefined) return this.refusal(this.#link.restMs(now), this.#link.error);
    const waitMs = this.#local.of(key).take(now, 1, 0);
    return waitMs === 0 ? undefined : this.refusal(-waitMs);
  }

  /** As {@link errorWithoutStore}, for a call on its way in. */
  withoutStore(key: string, now: number): Refusal | undefined {
    const error = this.errorWithoutStore(key, now);
    return error && new Refusal(error);
  }
}
