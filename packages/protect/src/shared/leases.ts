/**
 * At most so many holders at the same time, in all processes together. Each place is a record in a store, so any store
 * will do: who dies stops renewing, and the place is free again when the record's time is over on the store's clock.
 */
import { exponential } from '../kernel/backoff.ts';
import { type Duration, parseDuration } from '../kernel/duration.ts';
import { OptionsError } from '../kernel/errors.ts';
import type { Emit, PolicyEvent } from '../kernel/events.ts';
import { knownKeys, oneOf, wholeNumber } from '../kernel/options.ts';
import { defaultRuntime, type Runtime } from '../kernel/runtime.ts';
import { sleep } from '../kernel/sleep.ts';
import { checkRecord, type Store } from '../kernel/store.ts';
import { LeasesTakenError } from './errors.ts';
import { HeldLease, type LeaseParts } from './held-lease.ts';
import type { WhenDown } from './limit-face.ts';
import { StoreLink } from './store-link.ts';

/** How many may hold a lease, and for how long without a sign of life. */
export interface LeasesOptions {
  /** Whoever uses the same name in the same store shares the leases. */
  readonly name: string;
  /** Leases that may be held at the same time, from 1 to 1,000. */
  readonly concurrency: number;
  readonly store: Store;
  /** A holder that shows no sign of life for so long has lost its lease. From 100 ms, default 10 s. */
  readonly ttl?: Duration;
  /** How long to wait for a lease. Default: not at all. */
  readonly maxWait?: Duration;
  /**
   * While the store is away. `closed` (default): no lease is given, and work whose lease cannot be renewed is told so.
   * `open`: work is done without a lease. `local`: each process has the whole number for itself.
   */
  readonly whenDown?: WhenDown;
  /** How long the store may take to answer. Default 1 s, at most a third of `ttl`. */
  readonly timeout?: Duration;
  /** Default: the one runtime of the process. */
  readonly runtime?: Runtime;
}

/** A place among the holders. */
export interface Lease extends AsyncDisposable {
  /**
   * The fencing token: higher than that of any earlier holder of the same place. With one lease, what the work changes
   * can refuse a holder that comes late by it. `undefined` where the work is done without the store.
   */
  readonly token: number | undefined;
  /** Aborted when the lease is lost, or when the caller's own signal is; `reason` says which. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

/** Leases of one name. */
export interface Leases {
  /**
   * Takes a lease.
   *
   * @throws LeasesTakenError when none is free within `maxWait`, or the reason of `signal`
   */
  acquire(options?: { readonly signal?: AbortSignal }): Promise<Lease>;
  /**
   * Does `work` with a lease.
   *
   * @throws LeasesTakenError, or what `work` throws
   * @example await reports.run(({ token, signal }) => build({ token, signal }));
   */
  run<T>(work: (lease: Lease) => T | PromiseLike<T>, options?: { readonly signal?: AbortSignal }): Promise<T>;
  /** Leases that this process holds. */
  readonly held: number;
  /** Whether the store answers; while it does not, `whenDown` decides. */
  readonly storeIsUp: boolean;
}

const keys = ['name', 'concurrency', 'store', 'ttl', 'maxWait', 'whenDown', 'timeout', 'runtime'];
/** How long one who waits lets pass before it looks again. */
const pause = exponential({ base: '20ms', max: '500ms', jitter: 'equal' });

/**
 * Describes leases: at most `concurrency` holders in all processes together.
 *
 * @throws OptionsError
 * @example
 * const reports = leases({ name: 'reports', concurrency: 5, store: redisStore({ url }), ttl: '10s', maxWait: '1m' });
 * await line.run(({ signal }) => reports.run(({ token, signal }) => build({ token, signal }), { signal }));
 */
export function leases(options: LeasesOptions): Leases {
  knownKeys('leases', options, keys);
  const { name, store, runtime = defaultRuntime } = options;
  checkRecord(name);
  if (typeof store?.write !== 'function') throw new OptionsError('store', store, 'a store');
  const ttlMs = parseDuration('ttl', options.ttl ?? '10s', 100);
  const whenDown = oneOf('whenDown', options.whenDown ?? 'closed', ['open', 'closed', 'local']);
  const timeoutMs = parseDuration('timeout', options.timeout ?? Math.min(1_000, ttlMs / 3), 1);
  if (timeoutMs > ttlMs / 3) throw new OptionsError('timeout', timeoutMs, 'at most a third of `ttl`');
  const emit: Emit = (type, details, at = runtime.clock.now()) =>
    runtime.events.emit({ type, at, pipeline: name, ...details } as PolicyEvent);
  return new SharedLeases(
    {
      name,
      store,
      runtime,
      emit,
      ttlMs,
      link: new StoreLink({ emit, runtime }, 'bulkhead', store.name, timeoutMs),
      goesOn: whenDown !== 'closed',
    },
    wholeNumber('concurrency', options.concurrency, 1, 1_000),
    parseDuration('maxWait', options.maxWait ?? 0),
    whenDown,
  );
}

class SharedLeases implements Leases {
  readonly #parts: LeaseParts;
  readonly #concurrency: number;
  readonly #waitMsMax: number;
  readonly #whenDown: WhenDown;
  /** Places that this process held last: likely to be free. */
  readonly #recent: string[] = [];
  held = 0;

  constructor(parts: LeaseParts, concurrency: number, waitMsMax: number, whenDown: WhenDown) {
    this.#parts = parts;
    this.#concurrency = concurrency;
    this.#waitMsMax = waitMsMax;
    this.#whenDown = whenDown;
  }

  get storeIsUp(): boolean {
    return this.#parts.link.isUp;
  }

  async run<T>(
    work: (lease: Lease) => T | PromiseLike<T>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<T> {
    await using lease = await this.acquire(options);
    return await work(lease);
  }

  async acquire({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Lease> {
    const { runtime } = this.#parts;
    const giveUpAt = runtime.clock.now() + this.#waitMsMax;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const held = await this.#claim();
      if (held !== undefined) {
        const lease = new TakenLease(held, signal, runtime, (key) => this.#released(key));
        // Nobody else would release what is handed to one who has gone.
        if (signal?.aborted === true) await lease.release();
        signal?.throwIfAborted();
        return lease;
      }
      const leftMs = giveUpAt - runtime.clock.now();
      if (leftMs <= 0) throw this.#refusal();
      await this.#pause(Math.min(leftMs, pause(attempt, 0, runtime.random)), signal);
    }
  }

  /** A lease where one is free. */
  async #claim(): Promise<HeldLease | Unleased | undefined> {
    const { link, runtime, store } = this.#parts;
    if (!link.isUp) {
      link.probe(runtime.clock.now(), () => store.now());
      return this.#withoutStore();
    }
    try {
      const lease = await this.#claimFromStore();
      if (lease !== undefined) this.held++;
      return lease;
    } catch {
      return this.#withoutStore();
    }
  }

  async #claimFromStore(): Promise<HeldLease | undefined> {
    const { link, name, runtime, store, ttlMs } = this.#parts;
    const prefix = `lease/${name}/`;
    const holder = crypto.randomUUID();
    const claim = async (key: string) => {
      const claimedAt = runtime.clock.now();
      const result = await link.ask(() => store.write(key, holder, { expect: 'absent', ttlMs }));
      return result.written ? new HeldLease(this.#parts, key, holder, result.version, claimedAt) : undefined;
    };
    const places = Array.from({ length: this.#concurrency }, (_, place) => prefix + place);
    const anyOf = (free: readonly string[]) => free[Math.floor(runtime.random() * free.length)]!;
    const guess = await claim(this.#recent.pop() ?? anyOf(places));
    if (guess !== undefined || this.#concurrency === 1) return guess;
    const taken = await link.ask(() => store.scan(prefix, { limit: this.#concurrency }));
    const takenKeys = new Set(taken.map(({ key }) => key));
    let free = places.filter((key) => !takenKeys.has(key));
    while (free.length > 0) {
      const key = anyOf(free);
      const lease = await claim(key);
      if (lease !== undefined) return lease;
      free = free.filter((other) => other !== key);
    }
    return undefined;
  }

  #withoutStore(): Unleased | undefined {
    if (this.#whenDown === 'closed' || (this.#whenDown === 'local' && this.held >= this.#concurrency)) {
      return undefined;
    }
    this.held++;
    return new Unleased();
  }

  #refusal(): LeasesTakenError {
    const { emit, link, name, runtime } = this.#parts;
    const because = this.#waitMsMax > 0 ? 'queue-timeout' : 'full';
    if (runtime.events.active) emit('bulkhead.rejected', { because, running: this.#concurrency, waiting: 0 });
    return new LeasesTakenError(name, this.#concurrency, link.error);
  }

  #released(key: string | undefined): void {
    this.held--;
    if (key !== undefined && this.#recent.length < this.#concurrency) this.#recent.push(key);
  }

  async #pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { signals, timers } = this.#parts.runtime;
    const { ready, cancel } = sleep(timers, delayMs);
    let unlink = () => {};
    const aborted = new Promise<void>((_resolve, reject) => {
      if (signal === undefined) return;
      unlink = signals.link(signal, (reason) => {
        cancel(reason);
        reject(reason);
      });
    });
    await Promise.race([ready, aborted]).finally(() => unlink());
  }
}

/** Stands for a lease where work is done without the store. */
class Unleased {
  readonly key: undefined;
  readonly token: undefined;
  readonly signal: AbortSignal = new AbortController().signal;
  async release(): Promise<void> {}
}

class TakenLease implements Lease {
  readonly token: number | undefined;
  readonly signal: AbortSignal;
  readonly #lease: HeldLease | Unleased;
  readonly #unlink: readonly (() => void)[];
  readonly #onRelease: (key: string | undefined) => void;
  #released: Promise<void> | undefined = undefined;

  constructor(
    lease: HeldLease | Unleased,
    caller: AbortSignal | undefined,
    { signals }: Runtime,
    onRelease: (key: string | undefined) => void,
  ) {
    this.token = lease.token;
    this.#lease = lease;
    this.#onRelease = onRelease;
    const either = new AbortController();
    this.signal = either.signal;
    const abort = (reason: unknown) => either.abort(reason);
    this.#unlink = [lease.signal, ...(caller === undefined ? [] : [caller])].map((each) =>
      signals.link(each, abort),
    );
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  async #release(): Promise<void> {
    for (const unlink of this.#unlink) unlink();
    await this.#lease.release();
    this.#onRelease(this.#lease.key);
  }
}
