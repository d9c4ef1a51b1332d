/**
 * The relay takes intents up from the store and has them sent, in order where one is asked for, several at a time.
 *
 * It looks at the store when something was put by this process, when the next intent is due, and now and then for what
 * other processes put there or left behind. From one look it works until that has nothing more to send.
 */
import { type Duration, parseDuration } from '../kernel/duration.ts';
import type { Emit } from '../kernel/events.ts';
import { knownKeys } from '../kernel/options.ts';
import type { Timer } from '../kernel/timers.ts';
import { type Delivered, deliver } from './delivery.ts';
import { emitAs } from './emit-as.ts';
import { OutboxClosedError } from './errors.ts';
import type { Claim } from './intent.ts';
import { livingEpoch } from './life-record.ts';
import { type Found, lookForIntents } from './look.ts';
import { Plan, type Planned } from './plan.ts';
import { readRelayOptions, type RelayOptions, type RelayRules } from './relay-options.ts';
import { type Moment, standingOf } from './standing.ts';

/** A relay at work. It keeps the process alive until it is closed, or a newer life of its client begins elsewhere. */
export interface Relay {
  /** Intents that are being sent. */
  readonly running: number;
  /**
   * Takes no more intents up and waits until those under way are done; with `within` no longer than that, then their
   * signals are aborted and they are left for the next relay. Close the client's life after it.
   *
   * @throws OptionsError
   */
  close(options?: { readonly within?: Duration }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts to send what is in an outbox.
 *
 * @throws OptionsError
 * @example
 * const life = await beginLife({ store, client: 'orders-1' });
 * const relay = startRelay({
 *   outbox: payments,
 *   life,
 *   send: ({ payload, key, headers }) =>
 *     payment.run(({ signal }) => postOrder(payload, { headers, signal }), { key }),
 * });
 */
export function startRelay<Payload>(options: RelayOptions<Payload>): Relay {
  const relay = new LiveRelay(readRelayOptions(options));
  relay.start();
  return relay;
}

/** Of the time that looking at the store takes, at least this many times as long it is left alone: a share of a third. */
const restPerLook = 2;

class LiveRelay<Payload> implements Relay {
  readonly #rules: RelayRules<Payload>;
  readonly #id = crypto.randomUUID();
  readonly #emit: Emit;
  readonly #stop = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #wake = () => {
    this.#stale = true;
    this.#pump();
  };
  #plan: Plan;
  /** Whether the store may hold what the plan does not know. */
  #stale = true;
  #looking: Promise<void> | undefined;
  #lookedAt = -Infinity;
  #lookTookMs = 0;
  /** From the runtime's clock to the store's. */
  #storeAheadMs = 0;
  /** Of other clients that held claims at the last look, the lowest epoch that may be alive. */
  #livingFrom: ReadonlyMap<string, number> = new Map();
  #timer: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(rules: RelayRules<Payload>) {
    this.#rules = rules;
    this.#emit = emitAs(rules.outbox.inside.runtime, rules.outbox.name);
    this.#plan = new Plan([], rules.whenDead, 0);
  }

  start(): void {
    const { life, outbox } = this.#rules;
    life.relays.add(this.#id);
    outbox.inside.listeners.add(this.#wake);
    void life.ended.then(() => this.close());
    this.#pump();
  }

  get running(): number {
    return this.#running.size;
  }

  close(options: { readonly within?: Duration } = {}): Promise<void> {
    knownKeys('close', options, ['within']);
    const withinMs = options.within === undefined ? Infinity : parseDuration('within', options.within);
    this.#closing ??= this.#end();
    if (withinMs === Infinity) return this.#closing;
    const { timers } = this.#rules.outbox.inside.runtime;
    const stop = () => this.#stop.abort(new OutboxClosedError(`The relay of "${this.#rules.outbox.name}"`));
    const timer = timers.set(stop, withinMs);
    return this.#closing.finally(() => timer.cancel());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    const { life, outbox } = this.#rules;
    outbox.inside.listeners.delete(this.#wake);
    this.#timer?.cancel();
    await Promise.all([...this.#running.values(), this.#looking]);
    life.relays.delete(this.#id);
  }

  /** Starts what can be started, and sees to it that this goes on. */
  #pump(): void {
    const { concurrency, life, outbox } = this.#rules;
    if (this.#closing !== undefined) return;
    const { clock } = outbox.inside.runtime;
    while (life.alive && this.#running.size < concurrency) {
      const planned = this.#plan.take(clock.now());
      if (planned === undefined) break;
      if (!this.#running.has(planned.key)) this.#start(planned);
    }
    if (this.#looking === undefined && life.alive && this.#nextLookAt() <= clock.now()) this.#look();
    this.#arm();
  }

  #start(planned: Planned): void {
    const { key } = planned;
    const { clock } = this.#rules.outbox.inside.runtime;
    const parts = {
      rules: this.#rules,
      relay: this.#id,
      stop: this.#stop.signal,
      moment: () => this.#moment(),
      emit: this.#emit,
    };
    const running = deliver(parts, planned).then(
      (delivered) => this.#delivered(key, delivered),
      (error: unknown) => {
        this.#emit('outbox.store-failed', { error });
        this.#delivered(key, { dueAt: clock.now() + this.#rules.pollMs });
      },
    );
    this.#running.set(key, running);
  }

  #delivered(key: string, delivered: Delivered): void {
    const now = this.#rules.outbox.inside.runtime.clock.now();
    this.#running.delete(key);
    if (delivered === 'gone') this.#plan.gone(key, now);
    else if (delivered === 'dead') this.#plan.died(key, now);
    else if (delivered !== 'held') this.#plan.again(key, delivered.dueAt, now);
    this.#pump();
  }

  /** When the store is to be looked at: soon where it has news and there is room to send, else now and then. */
  #nextLookAt(): number {
    const { concurrency, pollMs } = this.#rules;
    const restedAt = this.#lookedAt + restPerLook * this.#lookTookMs;
    const hasRoom = this.#running.size < concurrency;
    if (this.#stale && hasRoom) return restedAt;
    return Math.max(restedAt, this.#lookedAt + pollMs);
  }

  #arm(): void {
    const { life, concurrency, outbox, pollMs } = this.#rules;
    const { clock, timers } = outbox.inside.runtime;
    this.#timer?.cancel();
    const now = clock.now();
    // A client that lost its life begins a new one by itself.
    const times = life.alive ? [] : [now + pollMs];
    if (life.alive && this.#looking === undefined) times.push(this.#nextLookAt());
    if (life.alive && this.#running.size < concurrency) times.push(this.#plan.nextDueAt);
    const at = Math.min(...times, now + pollMs);
    // Never at once: what can be done at once has been done.
    this.#timer = timers.set(() => this.#pump(), Math.max(1, at - now));
  }

  #look(): void {
    const { clock } = this.#rules.outbox.inside.runtime;
    this.#stale = false;
    const startedAt = clock.now();
    this.#looking = this.#replan()
      .catch((error: unknown) => this.#emit('outbox.store-failed', { error }))
      .then(() => {
        this.#lookedAt = clock.now();
        this.#lookTookMs = this.#lookedAt - startedAt;
        this.#looking = undefined;
        this.#pump();
      });
  }

  async #replan(): Promise<void> {
    const { outbox, whenDead } = this.#rules;
    const { store, prefix, runtime } = outbox.inside;
    const { epoch } = this.#rules.life;
    this.#storeAheadMs = (await store.now()) - runtime.clock.now();
    const found = await lookForIntents(store, prefix);
    outbox.inside.counted(found.length);
    this.#livingFrom = await this.#askForLives(found);
    const at = this.#moment();
    // A life that began meanwhile holds other claims.
    if (epoch !== this.#rules.life.epoch) this.#stale = true;
    this.#plan = new Plan(
      found.map((each) => this.#planned(each, at)),
      whenDead,
      at.now,
    );
  }

  #planned({ record, intent }: Found, at: Moment): Planned {
    const { key } = record;
    const standing = standingOf(intent, record, at);
    const isRunning = this.#running.has(key);
    let dueAt = -Infinity;
    if (standing.is === 'later') ({ dueAt } = standing);
    // What is under way has its turn again when its end says so.
    if (standing.is === 'held' || isRunning) dueAt = Infinity;
    return {
      key,
      order: intent.order ?? record.version,
      orderingKey: intent.orderingKey,
      dueAt,
      dead: standing.is === 'dead',
      expired: standing.is === 'expired',
    };
  }

  async #askForLives(found: readonly Found[]): Promise<Map<string, number>> {
    const { life, outbox, at } = this.#rules;
    const newest = new Map<string, number>();
    for (const { intent } of found) {
      if (intent.state !== 'claimed' || intent.claim.client === life.client) continue;
      const { client, epoch } = intent.claim;
      newest.set(client, Math.max(epoch, newest.get(client) ?? 0));
    }
    const livingFrom = new Map<string, number>();
    for (const [client, epoch] of newest) {
      const living = await livingEpoch(outbox.inside.store, client);
      if (living === undefined) at?.('found-dead');
      livingFrom.set(client, living ?? epoch + 1);
    }
    return livingFrom;
  }

  #moment(): Moment {
    const now = this.#rules.outbox.inside.runtime.clock.now();
    return { now, storeNow: now + this.#storeAheadMs, isHeld: (claim) => this.#isHeld(claim) };
  }

  #isHeld({ client, epoch, relay }: Claim): boolean {
    const { life } = this.#rules;
    // Who was not asked about has made its claim since the last look.
    if (client !== life.client) return epoch >= (this.#livingFrom.get(client) ?? 0);
    // An earlier life of our own is over for certain. In this one a claim is as good as the relay that made it; our own
    // are only looked at when we are not at work on them, such as after an answer of the store was lost.
    if (epoch !== life.epoch) return epoch > life.epoch;
    return relay !== this.#id && life.relays.has(relay);
  }
}
