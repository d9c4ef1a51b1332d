/** Looks through all that an outbox has in the store. */
import type { Store, StoredRecord } from '../kernel/store.ts';
import { decodeIntent, type Intent, orderOf } from './intent.ts';

/** How many records are read at a time. */
const pageSize = 200;

/** An intent, and its record. */
export interface Found {
  readonly record: StoredRecord;
  readonly intent: Intent;
}

/** Every intent below `prefix`, in the order of their keys, page by page. */
export async function* everyIntent(
  store: Store,
  prefix: string,
  after = '',
): AsyncGenerator<Found, void, undefined> {
  for (let last = after; ; ) {
    const page = await store.scan(prefix, { after: last, limit: pageSize });
    for (const record of page) yield { record, intent: decodeIntent(record.value) };
    if (page.length < pageSize) return;
    last = page.at(-1)!.key;
  }
}

/**
 * Every intent that may be planned with. Pages are read one after the other, so a later page can hold an intent while
 * one that was stored before it, in an earlier page, was missed. Hence those are left out that were stored after the
 * look began: of the others, none is missing that was stored before one that is there.
 */
export async function lookForIntents(store: Store, prefix: string): Promise<readonly Found[]> {
  // An idle outbox costs one read.
  if ((await store.scan(prefix, { limit: 1 })).length === 0) return [];
  const horizon = await store.next();
  const found: Found[] = [];
  for await (const each of everyIntent(store, prefix)) {
    if (orderOf(each.intent, each.record) < horizon) found.push(each);
  }
  return found;
}
