/** What an outbox can be told, and what it can be asked to do. */
import type { Duration } from '../kernel/duration.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Store, TransactionPoint } from '../kernel/store.ts';
import type { DeadLetters } from './dead-letters.ts';
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
  /** False when an intent of the same key and content was there already, be it a dead letter. */
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
  /**
   * Stores an intent as part of a transaction that is open already, such as in the work of `putWith` or of a once-only
   * handler: it will be sent once that commits. On SQLite it returns its result, elsewhere a promise of it.
   *
   * @throws as `put`
   * @example
   * await charges.run(request, (db) => {
   *   void receipts.putIn(db, receipt, { key: `receipt-${order.id}` }); // on PostgreSQL: await
   *   return insertCharge(db, order);
   * });
   */
  putIn(transaction: Transaction, payload: Payload, options?: PutOptions): PutResult | Promise<PutResult>;
}
