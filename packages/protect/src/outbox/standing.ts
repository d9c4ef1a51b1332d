/** What can be done about an intent at a moment: pure, from what the store has of it. */
import type { StoredRecord } from '../kernel/store.ts';
import { type Claim, expiryOf, type Intent } from './intent.ts';

/** A moment, as a relay sees it. */
export interface Moment {
  /** On the runtime's clock. */
  readonly now: number;
  /** On the store's clock. */
  readonly storeNow: number;
  /** Whether whoever made the claim may still be sending. */
  isHeld(claim: Claim): boolean;
}

/** What can be done about an intent. */
export type Standing =
  | { readonly is: 'dead' }
  /** Another is sending it. */
  | { readonly is: 'held' }
  | { readonly is: 'expired' }
  /** It waits until `dueAt`, on the runtime's clock. */
  | { readonly is: 'later'; readonly dueAt: number }
  /** It can be sent; `from` is who was sending it and is no more. */
  | { readonly is: 'free'; readonly from: Claim | undefined };

/** What can be done about an intent now. */
export function standingOf(intent: Intent, record: StoredRecord, at: Moment): Standing {
  if (intent.state === 'dead') return { is: 'dead' };
  if (intent.state === 'claimed' && at.isHeld(intent.claim)) return { is: 'held' };
  const leftMs = expiryOf(intent, record, at.storeNow) - at.storeNow;
  if (leftMs <= 0) return { is: 'expired' };
  if (intent.state === 'claimed') return { is: 'free', from: intent.claim };
  const waitMs = intent.waitMs - record.ageMs;
  if (waitMs <= 0) return { is: 'free', from: undefined };
  return { is: 'later', dueAt: at.now + Math.min(waitMs, leftMs) };
}
