import { SeaworthyError } from '../kernel/errors.ts';

/** A problem in the words of RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** In how many seconds to ask again; for the `Retry-After` header, too. */
  readonly retryAfterSeconds?: number;
}

const problems: Readonly<Record<string, readonly [status: number, title: string]>> = {
  IDEMPOTENCY_KEY_INVALID: [400, 'Idempotency-Key is missing or is none'],
  IDEMPOTENCY_KEY_REUSED: [422, 'Idempotency-Key was used for another request'],
  IDEMPOTENCY_IN_FLIGHT: [409, 'A request with this Idempotency-Key is still at work'],
  IDEMPOTENCY_LEASE_LOST: [409, 'Another server took over the request with this Idempotency-Key'],
  IDEMPOTENCY_FAILURE_REPLAYED: [500, 'The request with this Idempotency-Key failed'],
  STORE_UNAVAILABLE: [503, 'Requests cannot be recorded at the moment'],
};

/** What to answer for an error of a once-only handler; `undefined` for every other error. */
export function idempotencyProblem(error: unknown): Problem | undefined {
  if (!SeaworthyError.is(error)) return undefined;
  const [status, title] = problems[error.code] ?? [];
  if (status === undefined || title === undefined) return undefined;
  const retryAfterMs = error.retryAfterMs ?? (status === 503 ? 1_000 : undefined);
  return {
    type: `urn:seaworthy:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    // What a store says of itself, and what failed inside, is not for callers.
    detail: status >= 500 ? `${title}.` : error.message,
    ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterMs / 1_000) }),
  };
}
