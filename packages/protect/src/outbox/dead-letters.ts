/** Intents that were given up: to be looked at, and sent again or thrown away by someone who decides. */
import { type Duration, parseDuration } from '../kernel/duration.ts';
import type { RecordedFailure } from '../kernel/failure.ts';
import { knownKeys, wholeNumber } from '../kernel/options.ts';
import type { StoredRecord } from '../kernel/store.ts';
import {
  type DeadReason,
  decodeIntent,
  encodeIntent,
  type Intent,
  keyOf,
  orderOf,
  recordKeyOf,
} from './intent.ts';
import { everyIntent } from './look.ts';
import type { OutboxInside } from './outbox-inside.ts';

/** An intent that was given up. */
export interface DeadLetter<Payload> {
  readonly key: string;
  readonly payload: Payload;
  readonly orderingKey: string | undefined;
  /** How often sending it was begun. */
  readonly attempts: number;
  /** All attempts failed, its time was over, or an error was not worth another attempt. */
  readonly because: DeadReason;
  /** The last failure, in words. */
  readonly failure: RecordedFailure | undefined;
  /** For how long it has been dead, in milliseconds. */
  readonly deadForMs: number;
}

/** The intents of an outbox that were given up. */
export interface DeadLetters<Payload> {
  /** Dead letters in the order of their keys, those after the key `after`, at most `limit` (default 100). */
  list(options?: {
    readonly after?: string;
    readonly limit?: number;
  }): Promise<readonly DeadLetter<Payload>[]>;
  /**
   * Has an intent sent again, with all its attempts, in its old place in the order. Its time begins anew with `ttl`,
   * by default that of the outbox. Tells whether there was such a dead letter.
   */
  retry(key: string, options?: { readonly ttl?: Duration }): Promise<boolean>;
  /** Throws an intent away; tells whether there was such a dead letter. */
  discard(key: string): Promise<boolean>;
}

/** The dead letters of an outbox. */
export function deadLetters<Payload>(
  { store, prefix, listeners }: OutboxInside,
  defaultTtlMs: number | undefined,
): DeadLetters<Payload> {
  /** Changes a dead letter, as it is at this moment. */
  async function change(
    key: string,
    how: (record: StoredRecord, intent: Intent) => Promise<boolean>,
  ): Promise<boolean> {
    for (;;) {
      const record = await store.read(recordKeyOf(key, prefix));
      const intent = record && decodeIntent(record.value);
      if (record === undefined || intent?.state !== 'dead') return false;
      if (!(await how(record, intent))) continue;
      for (const listener of listeners) listener();
      return true;
    }
  }

  return Object.freeze({
    async list(options: { readonly after?: string; readonly limit?: number } = {}) {
      knownKeys('list', options, ['after', 'limit']);
      const limit = wholeNumber('limit', options.limit ?? 100, 1, 10_000);
      const after = options.after === undefined ? '' : recordKeyOf(options.after, prefix);
      const letters: DeadLetter<Payload>[] = [];
      for await (const { record, intent } of everyIntent(store, prefix, after)) {
        if (intent.state !== 'dead') continue;
        letters.push({
          key: keyOf(record, prefix),
          payload: intent.payload as Payload,
          orderingKey: intent.orderingKey,
          attempts: intent.attempts,
          because: intent.because,
          failure: intent.failure,
          deadForMs: record.ageMs,
        });
        if (letters.length === limit) break;
      }
      return letters;
    },
    async retry(key: string, options: { readonly ttl?: Duration } = {}) {
      knownKeys('retry', options, ['ttl']);
      const ttlMs = options.ttl === undefined ? defaultTtlMs : parseDuration('ttl', options.ttl, 1);
      const storeNow = await store.now();
      return change(key, async (record, intent) => {
        const { payload, orderingKey } = intent;
        const waiting: Intent = {
          state: 'waiting',
          payload,
          ...(orderingKey === undefined ? {} : { orderingKey }),
          attempts: 0,
          waitMs: 0,
          order: orderOf(intent, record),
          ...(ttlMs === undefined ? {} : { expiresAt: storeNow + ttlMs }),
        };
        return (await store.write(record.key, encodeIntent(waiting), { expect: record.version })).written;
      });
    },
    discard: (key: string) => change(key, (record) => store.remove(record.key, record.version)),
  });
}
