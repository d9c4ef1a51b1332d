import { type DeadlineExceededError, SeaworthyError } from './errors.ts';

/** Errors by which a policy turns a call away before its work was begun. */
const refusals: ReadonlySet<string> = new Set([
  'BULKHEAD_FULL',
  'CIRCUIT_OPEN',
  'KEY_REQUIRED',
  'LIMIT_EXCEEDED',
  'LOAD_SHED',
  'PIPELINE_CLOSED',
  'RATE_LIMITED',
  // No server was asked, and it failed at once: a breaker would only hide it, and stay open when servers are back.
  'SERVER_NOT_FOUND',
  'THROTTLED',
]);

/**
 * Whether a policy of ours raised `error` to protect something: it says nothing about how the work itself fares, and
 * another attempt at once would only meet it again.
 */
export function isRefusal(error: unknown): boolean {
  return SeaworthyError.is(error) && (refusals.has(error.code) || isEnclosingDeadline(error));
}

/**
 * Whether a time limit ended the work: it was begun, and it was too slow.
 *
 * @param pipeline - where given, only a limit of this pipeline counts. A caller may hand on the signal of a call further
 *   out; that one's limit says nothing about how long this call had.
 */
export function isTimeout(error: unknown, pipeline?: string): boolean {
  if (!SeaworthyError.is(error) || (pipeline !== undefined && error.pipeline !== pipeline)) return false;
  return error.code === 'TIMEOUT' || (error.code === 'DEADLINE_EXCEEDED' && !isEnclosingDeadline(error));
}

/** An enclosing call may have left no time to speak of. */
function isEnclosingDeadline(error: SeaworthyError): boolean {
  return error.code === 'DEADLINE_EXCEEDED' && (error as DeadlineExceededError).enclosing;
}
