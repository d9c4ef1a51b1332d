/**
 * Sends one intent: claims it in the store, has it sent, and writes down what came of it. Each step is one write, on
 * the condition that nobody else wrote meanwhile; whoever dies between two of them leaves a state that another goes on
 * from.
 */
import { idempotencyKeyHeader, writeIdempotencyKey } from '../idempotency/key.ts';
import type { SeaworthyError } from '../kernel/errors.ts';
import type { Emit } from '../kernel/events.ts';
import { describeFailure } from '../kernel/failure.ts';
import { isRefusal } from '../kernel/refusals.ts';
import { readRetryAfter } from '../kernel/retry-after.ts';
import type { StoredRecord } from '../kernel/store.ts';
import { type AttemptEnd, attemptSending } from './attempt-sending.ts';
import { type DeadReason, decodeIntent, encodeIntent, type Intent, keyOf, lasting } from './intent.ts';
import { pause } from './pause.ts';
import type { Planned } from './plan.ts';
import type { RelayRules, Sending } from './relay-options.ts';
import { type Moment, standingOf } from './standing.ts';

/** What became of an intent, as far as the order of sending has to know; `dueAt` is on the runtime's clock. */
export type Delivered = 'gone' | 'dead' | 'held' | { readonly dueAt: number };

/** What a delivery needs of its relay. */
export interface DeliveryParts<Payload> {
  readonly rules: RelayRules<Payload>;
  /** The relay's own id. */
  readonly relay: string;
  /** Aborted when the relay closes without waiting any longer. */
  readonly stop: AbortSignal;
  moment(): Moment;
  readonly emit: Emit;
}

/** The shortest wait after a refusal, which may come at once and counts as no attempt; in milliseconds. */
const refusedDelayMsMin = 100;
/** The longest wait that the other side may ask for, in milliseconds. */
const retryAfterMsMax = 3_600_000;

/** Delivers an intent. Rejects only where a callback of the user's throws, or the store fails before the claim. */
export async function deliver<Payload>(
  parts: DeliveryParts<Payload>,
  { key: recordKey, expired }: Pick<Planned, 'key' | 'expired'>,
): Promise<Delivered> {
  const record = await parts.rules.outbox.inside.store.read(recordKey);
  if (record === undefined) return 'gone';
  const intent = decodeIntent(record.value);
  const at = parts.moment();
  const standing = standingOf(intent, record, at);
  if (standing.is === 'dead' || standing.is === 'held') return standing.is;
  if (standing.is === 'later') return { dueAt: standing.dueAt };
  const delivery = new Delivery(parts, record, intent, at);
  if (standing.is === 'expired') return delivery.giveUp('expired', undefined);
  // It was to be given up, whosever turn it was; somebody gave it a new time meanwhile.
  if (expired) return 'held';
  // Whoever made the last attempt that there may be died with it.
  if (intent.attempts >= parts.rules.attempts) return delivery.giveUp('attempts', undefined);
  if (!(await delivery.claim())) return 'held';
  return delivery.send(standing.from !== undefined);
}

class Delivery<Payload> {
  readonly #parts: DeliveryParts<Payload>;
  readonly #key: string;
  readonly #recordKey: string;
  readonly #waitedMs: number;
  readonly #from: Intent;
  readonly #epoch: number;
  readonly #stops: readonly AbortSignal[];
  #content: ReturnType<typeof lasting>;
  #version: number;

  constructor(parts: DeliveryParts<Payload>, record: StoredRecord, intent: Intent, at: Moment) {
    const { life, outbox } = parts.rules;
    this.#parts = parts;
    this.#key = keyOf(record, outbox.inside.prefix);
    this.#recordKey = record.key;
    this.#waitedMs = intent.state === 'waiting' ? intent.waitMs : 0;
    this.#from = intent;
    this.#epoch = life.epoch;
    this.#stops = [life.signal, parts.stop];
    this.#content = lasting(intent, record, at.storeNow);
    this.#version = record.version;
  }

  /** Takes the intent, with the attempt counted: an intent whose sending kills the sender must not be sent for ever. */
  async claim(): Promise<boolean> {
    const { rules, relay } = this.#parts;
    const { client } = rules.life;
    this.#content = { ...this.#content, attempts: this.#content.attempts + 1 };
    const claimed = await this.#write({
      ...this.#content,
      state: 'claimed',
      claim: { client, epoch: this.#epoch, relay },
    });
    if (!claimed) return false;
    rules.at?.('claimed');
    if (this.#from.state === 'claimed') {
      const { client: lost, epoch } = this.#from.claim;
      this.#parts.emit('outbox.taken-over', { key: this.#key, client: lost, epoch });
    }
    return true;
  }

  async send(resumed: boolean): Promise<Delivered> {
    const { rules } = this.#parts;
    const end = await this.#attempt(resumed);
    if (end.is === 'sent') return this.#done();
    rules.at?.('send-failed');
    if (end.is === 'expired') return this.giveUp('expired', end.error);
    if (end.is === 'stopped') return this.#release();
    const { attempts } = this.#content;
    if (isRefusal(end.error) && (end.error as SeaworthyError).code !== 'KEY_REQUIRED') {
      this.#content = { ...this.#content, attempts: attempts - 1 };
      return this.#tryAgain(end.error, refusedDelayMsMin);
    }
    if (!rules.on(end.error, attempts)) return this.giveUp('rejected', end.error);
    if (attempts >= rules.attempts) return this.giveUp('attempts', end.error);
    return this.#tryAgain(end.error, 0);
  }

  /** Puts the intent among the dead letters. */
  async giveUp(because: DeadReason, error: unknown): Promise<Delivered> {
    const { at } = this.#parts.rules;
    const { attempts } = this.#content;
    at?.('given-up');
    const failure = error === undefined ? {} : { failure: describeFailure(error) };
    const dead = { ...this.#content, ...failure, state: 'dead', because } as const;
    if (!(await this.#persistently(() => this.#write(dead)))) return 'held';
    at?.('dead-lettered');
    if (because === 'expired') this.#parts.emit('outbox.expired', { key: this.#key, attempts });
    else this.#parts.emit('outbox.dead', { key: this.#key, attempts, because, error });
    return 'dead';
  }

  #attempt(resumed: boolean): Promise<AttemptEnd> {
    const { rules } = this.#parts;
    const { runtime } = rules.outbox.inside;
    const { attempts, orderingKey, payload, expiresAt = Infinity } = this.#content;
    const stopped = this.#stops.find(({ aborted }) => aborted);
    if (stopped !== undefined) return Promise.resolve({ is: 'stopped', error: stopped.reason });
    const sending = {
      payload: payload as Payload,
      key: this.#key,
      orderingKey,
      attempt: attempts,
      resumed,
      token: this.#version,
      headers: { [idempotencyKeyHeader]: writeIdempotencyKey(this.#key), ...rules.life.headers() },
    } satisfies Omit<Sending<Payload>, 'signal'>;
    const leftMs = Math.max(0, expiresAt - this.#parts.moment().storeNow);
    return attemptSending(
      { runtime, outbox: rules.outbox.name, attempt: attempts, leftMs, stops: this.#stops },
      (signal) => rules.send({ ...sending, signal }),
    );
  }

  async #done(): Promise<Delivered> {
    const { at, outbox } = this.#parts.rules;
    at?.('sent');
    const removed = await this.#persistently(() =>
      outbox.inside.store.remove(this.#recordKey, this.#version),
    );
    if (removed === undefined) return 'held';
    at?.('removed');
    this.#parts.emit('outbox.sent', { key: this.#key, attempts: this.#content.attempts });
    // Where nothing was removed at this version, an earlier removal was done though its answer was lost, or another has it.
    return removed ? 'gone' : { dueAt: this.#parts.moment().now };
  }

  async #tryAgain(error: unknown, delayMsMin: number): Promise<Delivered> {
    const { rules } = this.#parts;
    const { clock, random } = rules.outbox.inside.runtime;
    const { attempts } = this.#content;
    const asked = readRetryAfter(error, () => clock.epoch + clock.now()) ?? 0;
    const backoffMs = rules.backoff(Math.max(1, attempts), this.#waitedMs, random);
    const delayMs = Math.max(delayMsMin, Math.min(asked, retryAfterMsMax), backoffMs);
    const waiting = {
      ...this.#content,
      failure: describeFailure(error),
      state: 'waiting',
      waitMs: delayMs,
    } as const;
    if (!(await this.#persistently(() => this.#write(waiting)))) return 'held';
    rules.at?.('rescheduled');
    this.#parts.emit('outbox.retry-scheduled', { key: this.#key, attempts, delayMs, error });
    return { dueAt: clock.now() + delayMs };
  }

  /** Gives the intent back, so that nobody has to wait for a lease; after a lost life others have it by now. */
  async #release(): Promise<Delivered> {
    if (this.#stops[0]!.aborted) return 'held';
    await this.#write({ ...this.#content, state: 'waiting', waitMs: 0 }).catch(() => undefined);
    return 'held';
  }

  async #write(intent: Intent): Promise<boolean> {
    const { store } = this.#parts.rules.outbox.inside;
    const text = encodeIntent(intent);
    const result = await store.write(this.#recordKey, text, { expect: this.#version });
    // What stands there already was written by an earlier try, whose answer was lost.
    const written = result.written ? result : result.current?.value === text && result.current;
    if (written) this.#version = written.version;
    return Boolean(written);
  }

  /** Tries a write until the store has taken or refused it; `undefined` when it is too late for that. */
  async #persistently(write: () => Promise<boolean>): Promise<boolean | undefined> {
    const { rules } = this.#parts;
    for (;;) {
      try {
        return await write();
      } catch (error) {
        this.#parts.emit('outbox.store-failed', { error });
        if (!(await pause(rules.outbox.inside.runtime, rules.pollMs, this.#stops))) return undefined;
      }
    }
  }
}
