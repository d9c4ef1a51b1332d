import { SeaworthyError } from './errors.ts';

/** Errors by which a policy turns a call away before its work was begun. */
const refusals: ReadonlySet<string> = new Set([
  'BULKHEAD_FULL',
  'CIRCUIT_OPEN',
  'DEADLINE_EXCEEDED',
  'KEY_REQUIRED',
  'LIMIT_EXCEEDED',
  'LOAD_SHED',
  'PIPELINE_CLOSED',
  'RATE_LIMITED',
  'THROTTLED',
]);

/**
 * Whether a policy of ours raised `error` to protect something: it says nothing about how the work itself fares, and
 * another attempt at once would only meet it again.
 */
export function isRefusal(error: unknown): boolean {
  return SeaworthyError.is(error) && refusals.has(error.code);
}

/** Whether a time limit of ours ended the work: it was begun, and it was too slow. */
export function isTimeout(error: unknown): boolean {
  return SeaworthyError.is(error) && error.code === 'TIMEOUT';
}
