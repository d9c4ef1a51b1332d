/**
 * A client and its lives. A client keeps its name over restarts; each start is a new life, with a higher epoch. What an
 * earlier life left behind is known by its epoch: servers stop it, and relays take it over without waiting.
 *
 * The epoch is that of the store's last record plus one, and at least the store's time in milliseconds, so that it
 * grows even when the record was lost.
 *
 * Source: the names extermination and reincarnation are those of A. Tanenbaum and M. van Steen, "Distributed Systems",
 * on orphans of remote procedure calls.
 */
import { type Duration, parseDuration } from '../kernel/duration.ts';
import { OptionsError, type SeaworthyError } from '../kernel/errors.ts';
import type { Emit } from '../kernel/events.ts';
import { knownKeys } from '../kernel/options.ts';
import { defaultRuntime, type Runtime } from '../kernel/runtime.ts';
import type { Store } from '../kernel/store.ts';
import { background, type Timer } from '../kernel/timers.ts';
import { type ClientHeaders, writeClient } from './client-headers.ts';
import { emitAs } from './emit-as.ts';
import { ClientLeaseLostError, OutboxClosedError, StaleEpochError } from './errors.ts';
import { decodeLife, lifeKey, type LifeRecord, rememberedMs } from './life-record.ts';

/** A boundary in a client's life: it is in the store, or no more. */
export type LifePoint = 'life-begun' | 'life-ended';

/** How a client's life is set up. */
export interface ClientLifeOptions {
  readonly store: Store;
  /**
   * The client's name: the same after a restart, and never that of two processes at the same time, such as the name of
   * a pod in a stateful set. Default: a new random one, whose work others take over when its lease is over.
   */
  readonly client?: string;
  /** How long after its last sign of life the client counts as dead; it gives three in that time. Default 30 s, at least 50 ms. */
  readonly lease?: Duration;
  /** Default: the one runtime of the process. */
  readonly runtime?: Runtime;
  /** Told of each boundary as it is passed, such as by a test that ends the process there. */
  readonly at?: (point: LifePoint) => void;
}

/**
 * Begins a client's life. Where an earlier life of it still goes on, that one is over.
 *
 * @throws OptionsError, or StoreUnavailableError
 * @example
 * const life = await beginLife({ store, client: 'orders-1' });
 * await fetch(url, { headers: { ...life.headers() } });
 */
export async function beginLife(options: ClientLifeOptions): Promise<ClientLife> {
  knownKeys('beginLife', options, ['store', 'client', 'lease', 'runtime', 'at']);
  const { store, client = crypto.randomUUID(), runtime = defaultRuntime } = options;
  if (typeof store?.write !== 'function') throw new OptionsError('store', store, 'a store');
  if (typeof client !== 'string' || !/^[\x20-\x7e]{1,128}$/.test(client)) {
    throw new OptionsError('client', client, 'a text of 1 to 128 printable ASCII characters');
  }
  const leaseMs = parseDuration('lease', options.lease ?? '30s', 50);
  const life = new ClientLife({ store, client, leaseMs, runtime, at: options.at });
  await life.begin();
  return life;
}

interface Parts {
  readonly store: Store;
  readonly client: string;
  readonly leaseMs: number;
  readonly runtime: Runtime;
  readonly at: ((point: LifePoint) => void) | undefined;
}

/** A client, alive. A life whose lease was lost is followed by a new one by itself, as soon as the store is back. */
export class ClientLife {
  readonly client: string;
  /** Resolves when there will be no further life: with the error of a newer life elsewhere, or with nothing after `close`. */
  readonly ended: Promise<SeaworthyError | undefined>;
  /** The relays at work in this life. For the relay. */
  readonly relays = new Set<string>();
  readonly #parts: Parts;
  readonly #holder = crypto.randomUUID();
  readonly #emit: Emit;
  #epoch = 0;
  #version = 0;
  #renewedAt = 0;
  #controller = new AbortController();
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;
  #over = false;
  #end: (error: SeaworthyError | undefined) => void = () => {};

  constructor(parts: Parts) {
    this.client = parts.client;
    this.#parts = parts;
    this.#emit = emitAs(parts.runtime, parts.client);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The number of this life. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether the client lives: its lease holds, as far as it knows. */
  get alive(): boolean {
    return !this.#over && !this.#controller.signal.aborted;
  }

  /** Aborted when the life of this epoch is over; the next life has another one. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What tells a server who calls, in which life. */
  headers(): ClientHeaders {
    return writeClient({ client: this.client, epoch: this.#epoch });
  }

  /** Ends the life. Close its relays first: what they are sending is given up. */
  async close(): Promise<void> {
    if (this.#over) return;
    this.#finish(new OutboxClosedError(`The client "${this.client}"`), undefined);
    await this.#working;
    const { store, at } = this.#parts;
    // Others then need not wait for the lease; a store that is away only makes them do so.
    await store
      .write(lifeKey(this.client), this.#record({ ended: true }), {
        expect: this.#version,
        ttlMs: rememberedMs,
      })
      .catch(() => undefined);
    at?.('life-ended');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Begins a life in the store; once it has, renewals go on by themselves. For `beginLife`. */
  async begin(): Promise<void> {
    const { store, client, runtime, at } = this.#parts;
    for (;;) {
      const current = await store.read(lifeKey(client));
      const last = current && decodeLife(current);
      if (this.#epoch > 0 && this.#isNewerElsewhere(last)) return this.#outlived(last.epoch);
      const epoch = Math.max((last?.epoch ?? this.#epoch) + 1, Math.trunc(await store.now()));
      const startedAt = runtime.clock.now();
      const result = await store.write(lifeKey(client), this.#record({ epoch }), {
        expect: current?.version ?? 'absent',
        ttlMs: rememberedMs,
      });
      if (!result.written) continue;
      this.#epoch = epoch;
      this.#controller = new AbortController();
      if (this.#over) this.#controller.abort(new OutboxClosedError(`The client "${client}"`));
      this.#renewed(result.version, startedAt);
      this.#emit('client.began', { epoch });
      at?.('life-begun');
      return;
    }
  }

  #renewed(version: number, startedAt: number): void {
    this.#version = version;
    // From before the write was sent: the store counts from later, so we give up earlier than others may take over.
    this.#renewedAt = startedAt;
    this.#arm(() => this.#renew());
  }

  #arm(work: () => Promise<void>): void {
    if (this.#over) return;
    const { runtime, leaseMs } = this.#parts;
    this.#timer = runtime.timers.set(
      () => {
        this.#working = work();
      },
      leaseMs / 3,
      background,
    );
  }

  async #renew(): Promise<void> {
    const { store, client, leaseMs, runtime } = this.#parts;
    const startedAt = runtime.clock.now();
    try {
      const result = await store.write(lifeKey(client), this.#record({}), {
        expect: this.#version,
        ttlMs: rememberedMs,
      });
      if (result.written) return this.#renewed(result.version, startedAt);
      const life = result.current && decodeLife(result.current);
      // An earlier renewal may have been done although its answer never came.
      if (life?.holder === this.#holder && !life.ended) {
        return this.#renewed(result.current!.version, startedAt - result.current!.ageMs);
      }
      if (this.#isNewerElsewhere(life)) this.#outlived(life.epoch);
      else this.#lost();
    } catch {
      // A store that is away for a moment costs nothing, as long as it is back before the lease is over.
      if (runtime.clock.now() - this.#renewedAt < leaseMs) this.#arm(() => this.#renew());
      else this.#lost();
    }
  }

  #isNewerElsewhere(life: LifeRecord | undefined): life is LifeRecord {
    return life !== undefined && life.epoch > this.#epoch && life.holder !== this.#holder;
  }

  #lost(): void {
    if (this.#over) return;
    this.#emit('client.lost', { epoch: this.#epoch, because: 'lease' });
    this.#controller.abort(new ClientLeaseLostError(this.client, this.#epoch));
    this.#arm(() => this.#revive());
  }

  async #revive(): Promise<void> {
    await this.begin().catch(() => this.#arm(() => this.#revive()));
  }

  /** A newer life elsewhere has the name; two that fought for it would do nothing else. */
  #outlived(newest: number): void {
    if (this.#over) return;
    this.#emit('client.lost', { epoch: this.#epoch, because: 'newer-life' });
    const error = new StaleEpochError(this.client, this.#epoch, newest);
    this.#finish(error, error);
  }

  #finish(reason: SeaworthyError, error: SeaworthyError | undefined): void {
    this.#over = true;
    this.#timer?.cancel();
    this.#controller.abort(reason);
    this.#end(error);
  }

  #record(changed: Partial<LifeRecord>): string {
    const { leaseMs } = this.#parts;
    const life = { epoch: this.#epoch, holder: this.#holder, leaseMs, ...changed } satisfies LifeRecord;
    return JSON.stringify(life);
  }
}
