/**
 * How a service says no: problem details (RFC 9457) with a status, and words for whoever reads them.
 */

import { SeaworthyError } from '@seaworthy/protect';
import { RemoteFailure } from './http-client.ts';

/** An answer that is an error. */
export class Problem extends Error {
  readonly code = 'PROBLEM';
  readonly status: number;
  /** In how many milliseconds another try is worth while; sent as `Retry-After`. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, detail: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.status = status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The answer for anything that was thrown: a refusal of our own is told from what went wrong elsewhere. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (SeaworthyError.is(error)) return refusal(error);
  if (error instanceof RemoteFailure) {
    return new Problem(502, 'A service behind this one did not answer.', { cause: error });
  }
  return new Problem(500, 'Something went wrong here.', { cause: error });
}

function refusal(error: SeaworthyError): Problem {
  const retryAfterMs = error.retryAfterMs ?? 1_000;
  switch (error.code) {
    case 'RATE_LIMITED':
      return new Problem(429, 'Too many requests at once. Please try again.', { retryAfterMs, cause: error });
    case 'CIRCUIT_OPEN':
    case 'BULKHEAD_FULL':
    case 'LOAD_SHED':
      return new Problem(503, 'Too busy at the moment. Please try again.', { retryAfterMs, cause: error });
    case 'TIMEOUT':
    case 'DEADLINE_EXCEEDED':
      return new Problem(504, 'A service behind this one took too long.', { retryAfterMs, cause: error });
    case 'IDEMPOTENCY_KEY_REUSED':
      return new Problem(422, 'This Idempotency-Key was used for another request.', { cause: error });
    case 'IDEMPOTENCY_IN_FLIGHT':
      return new Problem(409, 'A request with this Idempotency-Key is at work.', {
        retryAfterMs,
        cause: error,
      });
    case 'STORE_UNAVAILABLE':
      return new Problem(503, 'Not able to record anything at the moment.', { retryAfterMs, cause: error });
    default:
      return new Problem(500, 'Something went wrong here.', { cause: error });
  }
}
