import { type Duration, parseDuration } from '../kernel/duration.ts';
import { OptionsError } from '../kernel/errors.ts';
import { definePolicy, type Policy } from '../kernel/layer.ts';
import { oneOf } from '../kernel/options.ts';
import { checkRecord, type Store } from '../kernel/store.ts';
import { circuitBreaker } from '../policies/circuit-breaker/circuit-breaker.ts';
import type { CircuitBreakerOptions } from '../policies/circuit-breaker/options.ts';
import type { CircuitBreaker } from '../policies/circuit-breaker/state.ts';
import { BreakerSync } from './breaker-sync.ts';
import { StoreLink } from './store-link.ts';

/** When a circuit breaker opens, how it closes again, and with whom it shares what it knows. */
export interface SharedCircuitBreakerOptions extends CircuitBreakerOptions {
  /** Where processes tell each other of their breakers; any store will do. */
  readonly store: Store;
  /** The breaker's name in the store; whoever uses the same shares its state. Default: the pipeline's name. */
  readonly name?: string;
  /** How often others' changes are read, a quarter earlier or later by chance. From 10 ms, default 1 s. */
  readonly poll?: Duration;
  /**
   * What another's opening does here. `open` (default): this breaker opens as well, for as long. `probe`: its next call
   * is a probe, which decides; for processes that may see different sides of the dependency.
   */
  readonly onOpened?: 'open' | 'probe';
  /** How long the store may take to answer, in the background. Default 1 s. */
  readonly timeout?: Duration;
}

/**
 * A circuit breaker that decides by itself, and shares what it finds with those of other processes: when one opens,
 * closes or is isolated by hand, the others hear of it within the time of a poll. No call waits for the store; while the
 * store is away each process is on its own.
 *
 * A closing elsewhere makes the next call here a probe. An opening is called off before its time only by who made it. What
 * comes late, from a process that stood still, is refused by the store and changes nothing.
 *
 * @throws OptionsError
 * @example sharedCircuitBreaker({ store: redisStore({ url }), failureRate: 0.5, openFor: '5s' })
 */
export function sharedCircuitBreaker(
  options: SharedCircuitBreakerOptions,
): Policy<never, false, CircuitBreaker> {
  const { store, name, poll = '1s', onOpened = 'open', timeout = '1s', ...own } = options;
  const breaker = circuitBreaker(own);
  if (typeof store?.write !== 'function') throw new OptionsError('store', store, 'a store');
  if (name !== undefined) checkRecord(name);
  const pollMs = parseDuration('poll', poll, 10);
  const timeoutMs = parseDuration('timeout', timeout, 1);
  const trusts = oneOf('onOpened', onOpened, ['open', 'probe']) === 'open';
  return definePolicy('circuit-breaker', (binding) => {
    const layer = breaker.bind(binding);
    const sync = new BreakerSync({
      machine: layer.machine as CircuitBreaker,
      store,
      link: new StoreLink(binding, 'circuit-breaker', store.name, timeoutMs),
      runtime: binding.runtime,
      key: `breaker/${name ?? binding.pipeline}`,
      pollMs,
      trusts,
    });
    return {
      ...layer,
      close() {
        layer.close?.();
        sync.close();
      },
    };
  });
}
