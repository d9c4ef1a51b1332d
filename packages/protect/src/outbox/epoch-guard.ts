/**
 * What a server does about orphans: calls whose client has died and begun anew. It keeps the highest epoch that it has
 * seen of each client, refuses calls of an earlier life, and tells those at work to stop when a newer life shows up.
 *
 * With a store, several servers know of each other's clients, within `check`; while the store is away, each goes by what
 * it knows itself.
 */
import { BoundedMap } from '../kernel/bounded-map.ts';
import { type Duration, parseDuration } from '../kernel/duration.ts';
import { DeadlineExceededError, OptionsError } from '../kernel/errors.ts';
import type { Emit } from '../kernel/events.ts';
import { knownKeys, wholeNumber } from '../kernel/options.ts';
import { defaultRuntime, type Runtime } from '../kernel/runtime.ts';
import type { Store } from '../kernel/store.ts';
import { background, type Timer } from '../kernel/timers.ts';
import type { ClientEpoch } from './client-headers.ts';
import { emitAs } from './emit-as.ts';
import { StaleEpochError } from './errors.ts';
import { highestEpoch } from './highest-epoch.ts';

/** How an epoch guard is set up. */
export interface EpochGuardOptions {
  /** What is guarded, such as `payments`; it is the name in events and in the store. */
  readonly scope: string;
  /** Where the highest epochs are kept. Default: in the memory of this process alone. */
  readonly store?: Store;
  /** How long a client is remembered in the store that does not call. Default 168 h. */
  readonly keep?: Duration;
  /** How often the store is asked about a client that calls or is being worked for. Default 1 s, at least 10 ms. */
  readonly check?: Duration;
  /** Clients remembered in memory; beyond it, the one not heard of for longest is forgotten. Default 10,000. */
  readonly maxClients?: number;
  /** Default: the one runtime of the process. */
  readonly runtime?: Runtime;
}

/** Who calls. */
export interface Caller extends ClientEpoch {
  /** Whose client it is, such as an account; never leave it out where callers do not know each other. */
  readonly tenant?: string | undefined;
}

/** A guard against orphans. */
export interface EpochGuard {
  /**
   * Does `work`, unless the caller has begun a newer life since, or the deadline that it handed down has passed. A caller
   * that does not say who it is (`undefined`) is only held to its deadline.
   *
   * @param work - is handed a signal, which is aborted when the caller begins a newer life or its deadline passes
   * @throws StaleEpochError, DeadlineExceededError, or the work's own error
   * @example const reply = await guard.run(readClient(request.headers), ({ signal }) => charge(order, { signal }));
   */
  run<T>(
    caller: Caller | undefined,
    work: (call: { readonly signal: AbortSignal }) => T | Promise<T>,
  ): Promise<T>;
}

/**
 * Makes a guard against orphans.
 *
 * @throws OptionsError
 * @example const guard = epochGuard({ scope: 'payments', store });
 */
export function epochGuard(options: EpochGuardOptions): EpochGuard {
  knownKeys('epochGuard', options, ['scope', 'store', 'keep', 'check', 'maxClients', 'runtime']);
  const { scope, store, runtime = defaultRuntime } = options;
  if (typeof scope !== 'string' || scope === '' || scope.length > 64) {
    throw new OptionsError('scope', scope, 'a text of 1 to 64 characters');
  }
  if (store !== undefined && typeof store?.write !== 'function')
    throw new OptionsError('store', store, 'a store');
  const guard = new LiveGuard({
    scope,
    store,
    runtime,
    keepMs: parseDuration('keep', options.keep ?? '168h', 1_000),
    checkMs: parseDuration('check', options.check ?? '1s', 10),
    maxClients: wholeNumber('maxClients', options.maxClients ?? 10_000, 1, 10_000_000),
  });
  return Object.freeze({
    run: <T>(caller: Caller | undefined, work: (call: { readonly signal: AbortSignal }) => T | Promise<T>) =>
      guard.run(caller, work),
  });
}

interface GuardParts {
  readonly scope: string;
  readonly store: Store | undefined;
  readonly runtime: Runtime;
  readonly keepMs: number;
  readonly checkMs: number;
  readonly maxClients: number;
}

/** A call that is at work. */
interface Running {
  readonly caller: Caller;
  readonly controller: AbortController;
}

/** What is known of a client. */
interface Known {
  readonly epoch: number;
  /** When the store was last asked. */
  readonly checkedAt: number;
}

class LiveGuard {
  readonly #parts: GuardParts;
  readonly #emit: Emit;
  readonly #known: BoundedMap<string, Known>;
  readonly #running = new Map<string, Set<Running>>();
  #timer: Timer | undefined;

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#emit = emitAs(parts.runtime, parts.scope);
    this.#known = new BoundedMap(parts.maxClients);
  }

  async run<T>(
    caller: Caller | undefined,
    work: (call: { readonly signal: AbortSignal }) => T | Promise<T>,
  ): Promise<T> {
    const { clock, ambient, timers } = this.#parts.runtime;
    const { deadline = Infinity } = ambient.get() ?? {};
    const tooLate = () => new DeadlineExceededError(this.#parts.scope, true);
    if (caller !== undefined) await this.#admit(caller);
    if (deadline <= clock.now()) throw tooLate();
    const controller = new AbortController();
    const timer =
      deadline === Infinity
        ? undefined
        : timers.set(() => controller.abort(tooLate()), deadline - clock.now(), background);
    const leave = caller === undefined ? undefined : this.#enter({ caller, controller });
    try {
      return await work({ signal: controller.signal });
    } finally {
      timer?.cancel();
      leave?.();
    }
  }

  async #admit(caller: Caller): Promise<void> {
    const { client, epoch } = caller;
    const key = nameOf(caller);
    const { clock } = this.#parts.runtime;
    const known = this.#known.get(key);
    const isFresh = known !== undefined && clock.now() - known.checkedAt < this.#parts.checkMs;
    if (known === undefined || epoch > known.epoch || (epoch === known.epoch && !isFresh)) {
      await this.#ask(key, client, epoch);
    }
    const newest = this.#known.peek(key)?.epoch ?? epoch;
    if (epoch >= newest) return;
    this.#emit('epoch.refused', { client, epoch, newest });
    throw new StaleEpochError(client, epoch, newest);
  }

  /** Takes note of an epoch, here and in the store, and learns from the store of a higher one. */
  async #ask(key: string, client: string, epoch: number): Promise<void> {
    const { store, scope, keepMs, runtime } = this.#parts;
    // Before the store is asked: two calls at once must not both be the first of their life.
    this.#note(key, client, epoch);
    if (store === undefined) return;
    try {
      this.#note(
        key,
        client,
        await highestEpoch(store, `epoch/${encodeURIComponent(scope)}/${key}`, epoch, keepMs),
      );
    } catch (error) {
      this.#emit('outbox.store-failed', { error });
    }
    const known = this.#known.peek(key);
    if (known !== undefined) this.#known.set(key, { ...known, checkedAt: runtime.clock.now() });
  }

  #note(key: string, client: string, epoch: number): void {
    const known = this.#known.get(key);
    if (known !== undefined && known.epoch >= epoch) return;
    this.#known.set(key, { epoch, checkedAt: known?.checkedAt ?? -Infinity });
    this.#cancelOrphans(key, client, epoch);
  }

  #cancelOrphans(key: string, client: string, newest: number): void {
    const orphans = [...(this.#running.get(key) ?? [])].filter(({ caller }) => caller.epoch < newest);
    if (orphans.length === 0) return;
    for (const { caller, controller } of orphans) {
      controller.abort(new StaleEpochError(client, caller.epoch, newest));
    }
    this.#emit('epoch.orphans-cancelled', { client, newest, calls: orphans.length });
  }

  #enter(running: Running): () => void {
    const key = nameOf(running.caller);
    const calls = this.#running.get(key) ?? new Set();
    this.#running.set(key, calls.add(running));
    this.#watch();
    return () => {
      calls.delete(running);
      if (calls.size === 0) this.#running.delete(key);
      if (this.#running.size === 0) this.#timer?.cancel();
      if (this.#running.size === 0) this.#timer = undefined;
    };
  }

  /** While calls are at work, the store may hear of a newer life by another server. */
  #watch(): void {
    const { store, checkMs, runtime } = this.#parts;
    if (store === undefined || this.#timer !== undefined) return;
    this.#timer = runtime.timers.set(() => void this.#askForAll(), checkMs, background);
  }

  async #askForAll(): Promise<void> {
    for (const [key, calls] of this.#running) {
      const [first] = calls;
      if (first !== undefined) await this.#ask(key, first.caller.client, first.caller.epoch);
    }
    this.#timer = undefined;
    if (this.#running.size > 0) this.#watch();
  }
}

/** Each part is encoded, so that no tenant can name another's client. */
function nameOf({ tenant = '', client }: Caller): string {
  return `${encodeURIComponent(tenant)}/${encodeURIComponent(client)}`;
}
