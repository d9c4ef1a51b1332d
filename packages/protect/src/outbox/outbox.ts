/**
 * The outbox: what is to be sent is stored first, so that it is sent even when the sender dies.
 *
 * An intent keeps its key over all attempts, by whatever process. A relay sends it at least once; where the receiving
 * side does the work of a key once, that is one effect.
 */
import { type Duration, parseDuration } from '../kernel/duration.ts';
import { OptionsError } from '../kernel/errors.ts';
import { knownKeys, wholeNumber } from '../kernel/options.ts';
import { defaultRuntime, type Runtime } from '../kernel/runtime.ts';
import type { Store, StoredRecord, TransactionalStore, TransactionPoint } from '../kernel/store.ts';
import { type DeadLetters, deadLetters } from './dead-letters.ts';
import { emitAs } from './emit-as.ts';
import { KeyTakenError, OutboxFullError } from './errors.ts';
import { checkKey, checkPayload, decodeIntent, encodeIntent, type Intent, intentPrefix } from './intent.ts';
import { everyIntent } from './look.ts';
import type { OutboxInside } from './outbox-inside.ts';

/** A boundary that an intent passes on its way into the store. */
export type PutPoint = 'put-begun' | 'put-stored';

/** How an outbox is set up. */
export interface OutboxOptions {
  /** What it holds, such as `payments`; intents of different outboxes have nothing to do with each other. */
  readonly name: string;
  /** Where the intents are kept. In the memory store they are lost with the process. */
  readonly store: Store;
  /** How long an intent may wait to be sent, unless `put` says otherwise. Default: without limit. */
  readonly ttl?: Duration;
  /**
   * Intents kept at the same time, dead letters included; beyond it `put` is refused with OUTBOX_FULL. Counted now and
   * then, so that several processes may pass it by what they put meanwhile. Default 10,000.
   */
  readonly maxStored?: number;
  /** Default: the one runtime of the process. */
  readonly runtime?: Runtime;
  /** Told of each boundary as it is passed, such as by a test that ends the process there. */
  readonly at?: (point: PutPoint | TransactionPoint) => void;
}

/** What is said of a single intent. */
export interface PutOptions {
  /**
   * Its idempotency key, 1 to 255 printable ASCII characters. Take one that a repetition of the put would have, too,
   * such as an order's number: then it is stored once. Default: a new random one.
   */
  readonly key?: string;
  /** Intents with the same one are sent one after the other, in the order in which they were put. */
  readonly orderingKey?: string;
  /** How long it may wait to be sent; then it goes to the dead letters. */
  readonly ttl?: Duration;
}

/** What a put came to. */
export interface PutResult {
  readonly key: string;
  /** False when an intent of the same key and content was there already. */
  readonly stored: boolean;
}

/** An outbox. */
export interface Outbox<Payload> {
  readonly name: string;
  /**
   * Stores an intent; when the promise resolves, it will be sent.
   *
   * @param payload - what JSON keeps, in up to 262,144 characters
   * @throws OptionsError, OutboxFullError, KeyTakenError, or StoreUnavailableError: then put it again, with the same key
   */
  put(payload: Payload, options?: PutOptions): Promise<PutResult>;
  /** Intents that were given up. */
  readonly dead: DeadLetters<Payload>;
  /** Counts what is stored, by reading all of it. */
  count(): Promise<{ readonly alive: number; readonly dead: number }>;
  /** For the relay. */
  readonly inside: OutboxInside;
}

/** An outbox in the user's own database. */
export interface TransactionalOutbox<Payload, Transaction> extends Outbox<Payload> {
  /**
   * Stores an intent in one transaction with what `work` does: both are there, or neither is. Where an intent of the
   * same key and content is there already, `work` is not run. On SQLite the work must be synchronous.
   *
   * @throws as `put`, or the work's own error
   * @example await payments.putWith((db) => insertOrder(db, order), order, { key: order.id });
   */
  putWith(
    work: (transaction: Transaction) => void | Promise<void>,
    payload: Payload,
    options?: PutOptions,
  ): Promise<PutResult>;
}

/** For how long a count is good, in milliseconds, and how soon it is made again while the outbox seems full. */
const countedForMs = 30_000;
const recountAfterMs = 1_000;

/**
 * Makes an outbox.
 *
 * @throws OptionsError
 * @example
 * const payments = outbox<Order, DatabaseSync>({ name: 'payments', store: sqliteStore({ database }) });
 * await payments.put(order, { key: order.id, ttl: '1h' });
 */
export function outbox<Payload, Transaction>(
  options: OutboxOptions & { readonly store: TransactionalStore<Transaction> },
): TransactionalOutbox<Payload, Transaction>;
export function outbox<Payload>(options: OutboxOptions): Outbox<Payload>;
export function outbox(options: OutboxOptions): TransactionalOutbox<unknown, unknown> {
  knownKeys('outbox', options, ['name', 'store', 'ttl', 'maxStored', 'runtime', 'at']);
  const { name, store, runtime = defaultRuntime, at } = options;
  if (typeof name !== 'string' || name === '' || name.length > 64) {
    throw new OptionsError('name', name, 'a text of 1 to 64 characters');
  }
  if (typeof store?.write !== 'function') throw new OptionsError('store', store, 'a store');
  const ttl = readTtl(options.ttl);
  const maxStored = wholeNumber('maxStored', options.maxStored ?? 10_000, 1, 1_000_000);
  const prefix = intentPrefix(name);
  const listeners = new Set<() => void>();
  const emit = emitAs(runtime, name);
  let stored = { count: 0, at: -Infinity };

  const inside: OutboxInside = {
    store,
    prefix,
    runtime,
    listeners,
    counted(count) {
      stored = { count, at: runtime.clock.now() };
    },
  };

  async function count(): Promise<{ alive: number; dead: number }> {
    const counts = { alive: 0, dead: 0 };
    for await (const { intent } of everyIntent(store, prefix))
      counts[intent.state === 'dead' ? 'dead' : 'alive']++;
    inside.counted(counts.alive + counts.dead);
    return counts;
  }

  async function checkRoom(): Promise<void> {
    const seemsFull = stored.count >= maxStored;
    if (runtime.clock.now() - stored.at >= (seemsFull ? recountAfterMs : countedForMs)) await count();
    if (stored.count >= maxStored) throw new OutboxFullError(name, maxStored);
  }

  function prepare(payload: unknown, { key = crypto.randomUUID(), orderingKey, ttl: own }: PutOptions) {
    checkKey(key);
    checkPayload(payload);
    if (orderingKey !== undefined && (typeof orderingKey !== 'string' || orderingKey.length > 255)) {
      throw new OptionsError('orderingKey', orderingKey, 'a text of up to 255 characters');
    }
    const ttlMs = readTtl(own) ?? ttl;
    const intent: Intent = {
      state: 'waiting',
      payload,
      ...(orderingKey === undefined ? {} : { orderingKey }),
      attempts: 0,
      waitMs: 0,
      ...(ttlMs === undefined ? {} : { ttlMs }),
    };
    return { key, text: encodeIntent(intent), recordKey: prefix + encodeURIComponent(key) };
  }

  type Prepared = ReturnType<typeof prepare>;

  function isStored({ key, text }: Prepared, current: StoredRecord | undefined): PutResult {
    if (current !== undefined && !isSame(text, current.value)) throw new KeyTakenError(name, key, false);
    return { key, stored: false };
  }

  function hasStored({ key }: Prepared): PutResult {
    at?.('put-stored');
    stored = { ...stored, count: stored.count + 1 };
    emit('outbox.stored', { key });
    for (const listener of listeners) listener();
    return { key, stored: true };
  }

  return Object.freeze({
    name,
    inside,
    count,
    dead: deadLetters(inside, ttl),
    async put(payload: unknown, putOptions: PutOptions = {}) {
      const prepared = prepare(payload, readPut(putOptions));
      at?.('put-begun');
      await checkRoom();
      const result = await store.write(prepared.recordKey, prepared.text, { expect: 'absent' });
      return result.written ? hasStored(prepared) : isStored(prepared, result.current);
    },
    async putWith(
      work: (transaction: unknown) => void | Promise<void>,
      payload: unknown,
      putOptions: PutOptions = {},
    ) {
      const transactional = store as TransactionalStore<unknown>;
      if (typeof transactional.createWith !== 'function')
        throw new OptionsError('store', store.name, 'a store with transactions');
      const prepared = prepare(payload, readPut(putOptions));
      at?.('put-begun');
      await checkRoom();
      const withIntent = (transaction: unknown): string | Promise<string> => {
        const done: unknown = work(transaction);
        return isThenable(done) ? Promise.resolve(done).then(() => prepared.text) : prepared.text;
      };
      const result = await transactional.createWith(
        prepared.recordKey,
        withIntent,
        at === undefined ? {} : { at },
      );
      if (result.written) return hasStored(prepared);
      if ('busy' in result) throw new KeyTakenError(name, prepared.key, true);
      return isStored(prepared, result.current);
    },
  });
}

function readPut(options: PutOptions): PutOptions {
  knownKeys('put', options, ['key', 'orderingKey', 'ttl']);
  return options;
}

function readTtl(ttl: Duration | undefined): number | undefined {
  return ttl === undefined ? undefined : parseDuration('ttl', ttl, 1);
}

/** Whether two texts are of intents with the same content, however far either has come. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [decodeIntent(one), decodeIntent(other)];
  return JSON.stringify([a.payload, a.orderingKey]) === JSON.stringify([b.payload, b.orderingKey]);
}

/** Also what is no Promise but is awaited like one, as some query builders' queries are. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
