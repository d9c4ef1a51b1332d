import { SeaworthyError } from '../kernel/errors.ts';
import type { RecordedFailure } from '../kernel/failure.ts';

/** A key is missing, or is none. Code `IDEMPOTENCY_KEY_INVALID`; HTTP 400. */
export class KeyInvalidError extends SeaworthyError {
  constructor(found: string | undefined) {
    const got = found === undefined ? 'there is none' : `got ${JSON.stringify(found.slice(0, 60))}`;
    super(
      'IDEMPOTENCY_KEY_INVALID',
      `Expected an \`Idempotency-Key\` of 1 to 255 printable characters, in double quotes or bare; ${got}.`,
    );
  }
}

/** The key came before with another request. Code `IDEMPOTENCY_KEY_REUSED`; HTTP 422. */
export class KeyReusedError extends SeaworthyError {
  constructor(key: string) {
    super(
      'IDEMPOTENCY_KEY_REUSED',
      `The idempotency key "${key}" was used for another request. Make a new key for each new request.`,
    );
  }
}

/** The first request with this key is still at work. Code `IDEMPOTENCY_IN_FLIGHT`; HTTP 409. */
export class InFlightError extends SeaworthyError {
  constructor(key: string, retryAfterMs: number) {
    super(
      'IDEMPOTENCY_IN_FLIGHT',
      `A request with the idempotency key "${key}" is still at work. Ask again in ${Math.ceil(retryAfterMs)} ms, with the same key.`,
      { retryAfterMs },
    );
  }
}

/** Another holder took the request over; what this one does is not recorded. Code `IDEMPOTENCY_LEASE_LOST`; HTTP 409. */
export class LeaseLostError extends SeaworthyError {
  constructor(key: string) {
    super(
      'IDEMPOTENCY_LEASE_LOST',
      `The lease on the idempotency key "${key}" was lost: another holder may do the work now. Stop it here; allow a longer lease.`,
      // Whoever asks again gets the other holder's reply, or hears that it is still at work.
      { retryAfterMs: 1_000 },
    );
  }
}

/** The first request failed, and failures are played back. Code `IDEMPOTENCY_FAILURE_REPLAYED`; HTTP 500. */
export class FailureReplayedError extends SeaworthyError {
  /** The first failure, as it was recorded. */
  readonly failure: RecordedFailure;

  constructor(key: string, failure: RecordedFailure) {
    super(
      'IDEMPOTENCY_FAILURE_REPLAYED',
      `The first request with the idempotency key "${key}" failed: ${failure.message}. To try again, use a new key.`,
    );
    this.failure = failure;
  }
}
