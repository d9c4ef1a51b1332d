/** What the store keeps of an intent: what is to be sent, and how far that has come. */
import { OptionsError } from '../kernel/errors.ts';
import type { RecordedFailure } from '../kernel/failure.ts';
import type { StoredRecord } from '../kernel/store.ts';

/** Who is sending an intent: a relay, in one life of its client. */
export interface Claim {
  readonly client: string;
  readonly epoch: number;
  readonly relay: string;
}

/** Why an intent was given up. */
export type DeadReason = 'attempts' | 'expired' | 'rejected';

interface IntentContent {
  readonly payload: unknown;
  /** Intents with the same one are sent in their order. */
  readonly orderingKey?: string;
  /** How often sending was begun. */
  readonly attempts: number;
  /** Its place in the order; until it is first rewritten, the version of its record. */
  readonly order?: number;
  /** Until it is first rewritten: how long after it was stored it may be sent. */
  readonly ttlMs?: number;
  /** From then on: until when, on the store's clock. */
  readonly expiresAt?: number;
  readonly failure?: RecordedFailure;
}

/** An intent, as it is stored. */
export type Intent = IntentContent &
  (
    | { readonly state: 'waiting'; readonly waitMs: number }
    | { readonly state: 'claimed'; readonly claim: Claim }
    | { readonly state: 'dead'; readonly because: DeadReason }
  );

/** What a rewritten intent keeps, whatever becomes of it. */
export function lasting(intent: Intent, record: StoredRecord, storeNow: number): IntentContent {
  const { payload, orderingKey, attempts, failure } = intent;
  const expiresAt = expiryOf(intent, record, storeNow);
  return {
    payload,
    ...(orderingKey === undefined ? {} : { orderingKey }),
    attempts,
    order: orderOf(intent, record),
    ...(expiresAt === Infinity ? {} : { expiresAt }),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** An intent's place among all: later ones have a higher number. */
export function orderOf(intent: Intent, record: StoredRecord): number {
  return intent.order ?? record.version;
}

/** When an intent's time is over, on the store's clock; `Infinity` when it has no limit. */
export function expiryOf(intent: Intent, record: StoredRecord, storeNow: number): number {
  if (intent.order !== undefined) return intent.expiresAt ?? Infinity;
  return intent.ttlMs === undefined ? Infinity : storeNow - record.ageMs + intent.ttlMs;
}

/** The intent as text. */
export function encodeIntent(intent: Intent): string {
  return JSON.stringify(intent);
}

/** The intent of a text that {@link encodeIntent} made. */
export function decodeIntent(text: string): Intent {
  return JSON.parse(text) as Intent;
}

/** Below which the intents of an outbox stand. Each part is encoded, so that no name reaches into another's. */
export function intentPrefix(outbox: string): string {
  return `outbox/${encodeURIComponent(outbox)}/`;
}

/** Where the intent of an idempotency key stands below `prefix`. */
export function recordKeyOf(key: string, prefix: string): string {
  return prefix + encodeURIComponent(key);
}

/** The idempotency key of a record below `prefix`. */
export function keyOf(record: StoredRecord, prefix: string): string {
  return decodeURIComponent(record.key.slice(prefix.length));
}

/** Larger payloads make every look at the outbox slow: keep them elsewhere, and put their place into the intent. */
const payloadCharactersMax = 256 * 1_024;

/** @throws OptionsError when JSON does not keep the payload, or it is too long */
export function checkPayload(payload: unknown): void {
  let text: string | undefined;
  try {
    text = JSON.stringify(payload);
  } catch {
    text = undefined;
  }
  if (text === undefined || text.length > payloadCharactersMax) {
    throw new OptionsError(
      'payload',
      text === undefined ? typeof payload : `${text.length} characters`,
      `what JSON keeps, in up to ${payloadCharactersMax} characters`,
    );
  }
}

/** @throws OptionsError when a key could not be an `Idempotency-Key` */
export function checkKey(key: string): void {
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw new OptionsError('key', key, 'a text of 1 to 255 printable ASCII characters');
  }
}
