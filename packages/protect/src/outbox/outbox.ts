/**
 * The outbox: what is to be sent is stored first, so that it is sent even when the sender dies.
 *
 * An intent keeps its key over all attempts, by whatever process. A relay sends it at least once; where the receiving
 * side does the work of a key once, that is one effect.
 */
import { type Duration, parseDuration } from '../kernel/duration.ts';
import { OptionsError } from '../kernel/errors.ts';
import { knownKeys, wholeNumber } from '../kernel/options.ts';
import { defaultRuntime } from '../kernel/runtime.ts';
import type { StoredRecord, TransactionalStore, WriteResult } from '../kernel/store.ts';
import { isThenable } from '../kernel/thenable.ts';
import { deadLetters } from './dead-letters.ts';
import { emitAs } from './emit-as.ts';
import { KeyTakenError, OutboxFullError } from './errors.ts';
import {
  checkKey,
  checkPayload,
  decodeIntent,
  encodeIntent,
  type Intent,
  intentPrefix,
  recordKeyOf,
} from './intent.ts';
import { everyIntent } from './look.ts';
import type { OutboxInside } from './outbox-inside.ts';
import type { Outbox, OutboxOptions, PutOptions, PutResult, TransactionalOutbox } from './outbox-types.ts';

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
  let counting: Promise<unknown> | undefined;
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
    if (runtime.clock.now() - stored.at >= (seemsFull ? recountAfterMs : countedForMs)) {
      // One count is enough for all who put at this moment.
      counting ??= count().finally(() => {
        counting = undefined;
      });
      await counting;
    }
    if (stored.count >= maxStored) throw new OutboxFullError(name, maxStored);
  }

  function transactional(): TransactionalStore<unknown> {
    const own = store as TransactionalStore<unknown>;
    if (typeof own.createWith !== 'function') {
      throw new OptionsError('store', store.name, 'a store with transactions');
    }
    return own;
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
    return { key, text: encodeIntent(intent), recordKey: recordKeyOf(key, prefix) };
  }

  type Prepared = ReturnType<typeof prepare>;

  function isStored({ key, text }: Prepared, current: StoredRecord | undefined): PutResult {
    if (current === undefined || !isSame(text, current.value)) {
      throw new KeyTakenError(name, key, current === undefined);
    }
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
      const own = transactional();
      const prepared = prepare(payload, readPut(putOptions));
      at?.('put-begun');
      await checkRoom();
      const withIntent = (transaction: unknown): string | Promise<string> => {
        const done: unknown = work(transaction);
        return isThenable(done) ? Promise.resolve(done).then(() => prepared.text) : prepared.text;
      };
      const result = await own.createWith(prepared.recordKey, withIntent, at === undefined ? {} : { at });
      if (result.written) return hasStored(prepared);
      if ('busy' in result) throw new KeyTakenError(name, prepared.key, true);
      return isStored(prepared, result.current);
    },
    putIn(transaction: unknown, payload: unknown, putOptions: PutOptions = {}) {
      const own = transactional();
      const prepared = prepare(payload, readPut(putOptions));
      at?.('put-begun');
      if (stored.count >= maxStored) throw new OutboxFullError(name, maxStored);
      const { recordKey, text, key } = prepared;
      // Until it commits nobody else may hear of it; a relay finds it then by itself.
      const toResult = (result: WriteResult): PutResult =>
        result.written ? { key, stored: true } : isStored(prepared, result.current);
      const result = own.createIn(transaction, recordKey, text);
      return isThenable(result) ? Promise.resolve(result).then(toResult) : toResult(result);
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
