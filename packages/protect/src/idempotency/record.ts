/** What a store keeps of a request: its fingerprint, how far it has come, and its outcome. */
import type { OnceRequest } from './once-request.ts';

/** A failure in words, since an error itself does not survive its process. */
export interface RecordedFailure {
  readonly name: string;
  readonly message: string;
}

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

/** A failure in words. */
export function describeFailure(error: unknown): RecordedFailure {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return { name, message: message.slice(0, 1_000) };
}

/** Where a request's record stands. Each part is encoded, so that no tenant can name another's key. */
export function recordKey(scope: string, { tenant = '', key }: OnceRequest): string {
  return ['once', scope, tenant, key].map(encodeURIComponent).join('/');
}
