/** Errors as problem details, which tell a caller over HTTP what went wrong. */
import { SeaworthyError } from './errors.ts';

/** A problem in the words of RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** In how many seconds to ask again; for the `Retry-After` header, too. */
  readonly retryAfterSeconds?: number;
}

/** Status and title of the problems that a part of the toolkit can answer with, by error code. */
export type ProblemTable = Readonly<Record<string, readonly [status: number, title: string]>>;

/** The problem for an error of ours that is in `table`; `undefined` for every other one. */
export function describeProblem(table: ProblemTable, error: unknown): Problem | undefined {
  if (!SeaworthyError.is(error)) return undefined;
  const [status, title] = table[error.code] ?? [];
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
