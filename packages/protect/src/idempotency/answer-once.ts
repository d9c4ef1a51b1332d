/** The once-only handler over HTTP, for any server: a request's parts in, an answer's parts out. */
import { fingerprint } from './fingerprint.ts';
import { readIdempotencyKey } from './key.ts';
import type { OnceOutcome, OnceRequest } from './once-request.ts';
import { idempotencyProblem } from './problem.ts';

/** A request, as far as it says what is asked for. */
export interface KeyedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** The value of the `Idempotency-Key` header. */
  readonly key: string | null | undefined;
  readonly body: string | Uint8Array;
  /** Whose key it is, such as an account; never leave it out where callers do not know each other. */
  readonly tenant?: string | undefined;
}

/** An answer; `body` is sent as JSON. */
export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * Answers a request once for its key: 400 where the key is missing, 409 while the first one is at work, 422 for the
 * same key with another request, each as problem details; a reply played back is marked `idempotent-replayed: true`.
 *
 * @throws whatever else `run` throws
 * @example
 * const answer = await answerOnce(request, (once) => charges.run(once, (db) => charge(db, order)));
 */
export async function answerOnce(
  request: KeyedRequest,
  run: (request: OnceRequest) => Promise<OnceOutcome<HttpReply>>,
): Promise<HttpReply> {
  try {
    const key = readIdempotencyKey(request.key);
    const asked = await fingerprint(request.method, request.path, request.body);
    const { reply, replayed } = await run({ key, fingerprint: asked, tenant: request.tenant });
    if (!replayed) return reply;
    return { ...reply, headers: { ...reply.headers, 'idempotent-replayed': 'true' } };
  } catch (error) {
    const problem = idempotencyProblem(error);
    if (problem === undefined) throw error;
    const { retryAfterSeconds, ...body } = problem;
    const retryAfter: Record<string, string> =
      retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
    return {
      status: problem.status,
      headers: { 'content-type': 'application/problem+json', ...retryAfter },
      body,
    };
  }
}
