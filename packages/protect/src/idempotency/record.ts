/** What a store keeps of a request: its fingerprint, how far it has come, and its outcome. */
import type { RecordedFailure } from '../kernel/failure.ts';
import type { OnceRequest } from './once-request.ts';

/** A request's record. */
export type OnceRecord =
  | {
      readonly state: 'running';
      readonly fingerprint: string;
      readonly holder: string;
      readonly leaseMs: number;
    }
  | { readonly state: 'done'; readonly fingerprint: string; readonly reply?: unknown }
  | { readonly state: 'failed'; readonly fingerprint: string; readonly failure: RecordedFailure };

/** The record as text. */
export function encodeRecord(record: OnceRecord): string {
  return JSON.stringify(record);
}

/** The record of a text that {@link encodeRecord} made. */
export function decodeRecord(text: string): OnceRecord {
  return JSON.parse(text) as OnceRecord;
}

/** Where a request's record stands. Each part is encoded, so that no tenant can name another's key. */
export function recordKey(scope: string, { tenant = '', key }: OnceRequest): string {
  return ['once', scope, tenant, key].map(encodeURIComponent).join('/');
}
