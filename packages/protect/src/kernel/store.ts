/**
 * The contract of a store: what must outlive a process, or be known to several machines.
 *
 * Small on purpose, so that memory, a file and a server can all keep it: records under keys, written on a condition,
 * each write with a number of its own that only ever grows. That number serves as a fencing token. Times are the
 * store's own, so that many machines with many clocks agree on how old a record is.
 */
import { OptionsError, SeaworthyError } from './errors.ts';

/** A record as the store has it. */
export interface StoredRecord {
  readonly key: string;
  readonly value: string;
  /** The number of the write that made it; a later write anywhere in the store has a higher one. */
  readonly version: number;
  /** Milliseconds since it was written, on the store's clock. */
  readonly ageMs: number;
}

/** What a write came to: done, or refused because of what is there; `current` is what is there, if anything. */
export type WriteResult =
  | { readonly written: true; readonly version: number }
  | { readonly written: false; readonly current: StoredRecord | undefined };

/** On what a write depends, and how long the record is kept. */
export interface WriteOptions {
  /** Only where nothing is (`'absent'`), or where the record still has this version. Default: always. */
  readonly expect?: 'absent' | number;
  /** After this many milliseconds the record is gone. Default: it stays. */
  readonly ttlMs?: number;
}

/**
 * Keeps records. Every call ends: with its result, or with STORE_UNAVAILABLE within the store's time limit.
 * What a write has acknowledged survives the death of this process, except in the memory store.
 */
export interface Store {
  /** For messages, such as `sqlite`. */
  readonly name: string;
  /** The record, unless there is none or its time is over. */
  read(key: string): Promise<StoredRecord | undefined>;
  /** Writes a record, in one atomic step with the check of its condition. */
  write(key: string, value: string, options?: WriteOptions): Promise<WriteResult>;
  /** Removes a record, only at `version` where that is given; tells whether one was removed. */
  remove(key: string, version?: number): Promise<boolean>;
  /** Records whose keys begin with `prefix`, in the order of their keys, those after the key `after`, at most `limit` (default 100). */
  scan(
    prefix: string,
    options?: { readonly after?: string; readonly limit?: number },
  ): Promise<readonly StoredRecord[]>;
  /** A number that no other call got and no write has: higher than all before it. */
  next(): Promise<number>;
  /** The store's time, in milliseconds since 1970. */
  now(): Promise<number>;
  /** Ends what the store itself opened. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A boundary that a transaction passes; a test may end the process there. */
export type TransactionPoint = 'transaction-begun' | 'effect-made' | 'record-written' | 'committed';

/** What a transaction came to; `busy` when another is at work on the same key at this moment. */
export type CreateResult = WriteResult | { readonly written: false; readonly busy: true };

/**
 * A store that lives in the user's own database, so that a record and an effect on that database can be one
 * transaction: both are there, or neither is, whatever dies and whenever.
 *
 * @typeParam Transaction - what the user's own statements run on, such as a `pg` client
 */
export interface TransactionalStore<Transaction> extends Store {
  /**
   * Where `key` has no record: runs `work`, writes the text that it returns under `key`, and commits both. An error of
   * `work` rolls back and is thrown on. Where there is a record, `work` is not run.
   *
   * @param at - told of each boundary as it is passed
   */
  createWith(
    key: string,
    work: (transaction: Transaction) => string | Promise<string>,
    options?: { readonly ttlMs?: number; readonly at?: (point: TransactionPoint) => void },
  ): Promise<CreateResult>;
  /**
   * Writes a record where nothing is, as part of a transaction that the user has open, such as in the work of
   * `createWith`: it is there once that commits, and never when it does not. On SQLite it returns its result, elsewhere
   * a promise of it.
   *
   * @throws OptionsError when no transaction of this store's database is open, as far as that can be seen
   */
  createIn(
    transaction: Transaction,
    key: string,
    value: string,
    options?: { readonly ttlMs?: number },
  ): WriteResult | Promise<WriteResult>;
}

/** The store did not answer in time, or said that it cannot. Whether a write was done is not known. Code `STORE_UNAVAILABLE`. */
export class StoreUnavailableError extends SeaworthyError {
  constructor(store: string, what: string, cause?: unknown) {
    super(
      'STORE_UNAVAILABLE',
      `The store "${store}" is not available: ${what}. See that it runs and can be reached.`,
      { cause },
    );
  }
}

/** So that a key fits an entry of PostgreSQL's index, which holds a third of a page of 8 kB. */
const keyBytesMax = 2_048;
const valueCharactersMax = 16 * 1_024 * 1_024;

/** What every store refuses. @throws OptionsError when a key or value is none that every store can keep */
export function checkRecord(key: string, value = ''): void {
  // A zero byte ends a text in PostgreSQL, and half of a surrogate pair is none in UTF-8.
  if (typeof key !== 'string' || key === '' || !isPlainText(key) || byteLength(key) > keyBytesMax) {
    throw new OptionsError('key', key, `a text of 1 to ${keyBytesMax} bytes of UTF-8, none of them zero`);
  }
  if (typeof value !== 'string' || value.length > valueCharactersMax || !isPlainText(value)) {
    throw new OptionsError(
      'value',
      typeof value === 'string' ? `${value.length} characters` : value,
      `a text of up to ${valueCharactersMax} characters without zero bytes`,
    );
  }
}

function isPlainText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function byteLength(text: string): number {
  // A character of UTF-16 is three bytes at most, so most keys are short enough at a glance.
  return text.length * 3 <= keyBytesMax ? text.length : new TextEncoder().encode(text).length;
}
