import type { CallOptions } from '../../kernel/call-options.ts';
import { sliceClock } from '../../kernel/coarse-clock.ts';
import { type Duration, parseDuration } from '../../kernel/duration.ts';
import {
  Answer,
  type Binding,
  type Call,
  definePolicy,
  type Layer,
  layer,
  type Policy,
} from '../../kernel/layer.ts';
import { knownKeys, wholeNumber } from '../../kernel/options.ts';
import { Cache, type CacheEntry } from './state.ts';

/** What is remembered, and for how long. */
export interface CacheOptions {
  /** How long a value is fresh. */
  readonly ttl: Duration;
  /** For how long after that it is served at once while it is refreshed. Default 0. */
  readonly staleWhileRevalidate?: Duration;
  /** For how long after `ttl` it is served when getting a new one failed. Default 0. */
  readonly staleIfError?: Duration;
  /**
   * Which calls have the same value; `undefined` leaves a call out. Default: the call's option `cacheKey`. A pipeline
   * that has one value only says `() => 'all'`.
   */
  readonly key?: (call: CallOptions) => string | undefined;
  /** Whether a value is worth remembering. Default: every value is. */
  readonly keep?: (value: unknown) => boolean;
  /** Values remembered; beyond it the one unused for longest is forgotten. Default 1,000. */
  readonly maxEntries?: number;
}

/**
 * Remembers results, and serves them when they are fresh, or when nothing better is to be had.
 *
 * Source: the terms are those of RFC 5861, `stale-while-revalidate` and `stale-if-error`.
 *
 * @throws OptionsError
 * @example
 * const product = pipeline('product', [cache({ ttl: '5s', staleIfError: '10m' }), timeout('300ms')]);
 * await product.run(({ signal }) => getProduct(id, { signal }), { cacheKey: id });
 */
export function cache(options: CacheOptions): Policy<never, false, Cache> {
  knownKeys('cache', options, ['ttl', 'staleWhileRevalidate', 'staleIfError', 'key', 'keep', 'maxEntries']);
  const times = {
    ttlMs: parseDuration('ttl', options.ttl),
    staleWhileRevalidateMs: parseDuration('staleWhileRevalidate', options.staleWhileRevalidate ?? 0),
    staleIfErrorMs: parseDuration('staleIfError', options.staleIfError ?? 0),
  };
  const maxEntries = wholeNumber('maxEntries', options.maxEntries ?? 1_000, 1);
  const { key = ({ cacheKey }) => cacheKey, keep = () => true } = options;
  return definePolicy('cache', (binding) => cacheLayer(binding, new Cache(times, maxEntries), key, keep));
}

/** What a call that went on without an answer is to remember. */
interface Wanted {
  readonly key: string;
  readonly stale: CacheEntry | undefined;
  readonly forgotten: number;
}

function cacheLayer(
  binding: Binding,
  machine: Cache,
  keyOf: (call: CallOptions) => string | undefined,
  keep: (value: unknown) => boolean,
): Layer {
  const { emit, index, runtime } = binding;
  const { events, clock } = runtime;
  // A value is served at most a hundredth of its time too long, where that spares reading the clock a call.
  const read = sliceClock(runtime, machine.times.ttlMs / 100);
  const refreshing = new Set<string>();

  /** @param forgotten - as it was when the value was asked for */
  function store(key: string, value: unknown, forgotten: number): void {
    if (forgotten === machine.forgotten && keep(value)) machine.set(key, value, clock.now());
  }

  /** One refresh a key, in the background, without its caller's deadline; its failure is an event and nobody's error. */
  function refresh(call: Call, key: string): void {
    if (refreshing.has(key)) return;
    refreshing.add(key);
    const { forgotten } = machine;
    const done = call.fork(index, Infinity).promise.then((value) => store(key, value, forgotten));
    const failed = (error: unknown) => {
      if (events.active) emit('cache.refresh-failed', { error });
    };
    void done.catch(failed).then(() => refreshing.delete(key));
  }

  function serveStale(entry: CacheEntry, because: 'revalidating' | 'error'): Answer {
    if (events.active) emit('cache.stale-served', { ageMs: clock.now() - entry.at, because });
    return new Answer(entry.value);
  }

  return layer({
    machine,
    enter(call) {
      const key = keyOf(call.options);
      if (key === undefined) {
        call.keep(index, undefined);
        return undefined;
      }
      const entry = machine.get(key);
      const freshness = entry === undefined ? 'expired' : machine.freshness(entry, read());
      if (entry !== undefined && freshness === 'fresh') {
        if (events.active) emit('cache.hit', { ageMs: clock.now() - entry.at });
        return new Answer(entry.value);
      }
      if (entry !== undefined && freshness === 'stale-while-revalidate') {
        refresh(call, key);
        return serveStale(entry, 'revalidating');
      }
      if (events.active) emit('cache.miss', { expired: entry !== undefined });
      const stale = freshness === 'stale-if-error' ? entry : undefined;
      call.keep(index, { key, stale, forgotten: machine.forgotten } satisfies Wanted);
      return undefined;
    },
    succeeded(call, value) {
      const wanted = call.kept(index) as Wanted | undefined;
      if (wanted !== undefined) store(wanted.key, value, wanted.forgotten);
      return undefined;
    },
    failed(call) {
      const wanted = call.kept(index) as Wanted | undefined;
      return wanted?.stale === undefined ? undefined : serveStale(wanted.stale, 'error');
    },
  });
}
