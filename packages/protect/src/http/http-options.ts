/** What the ways out over HTTP have in common: which pipeline, which requests may be repeated, what a failure is. */
import { OptionsError } from '../kernel/errors.ts';
import { knownKeys, oneOf } from '../kernel/options.ts';
import { defaultRuntime, type Runtime } from '../kernel/runtime.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Pipelines } from '../pipelines.ts';
import { headerOf, readRetryAfter } from '../kernel/retry-after.ts';
import { type Answer, HttpStatusError } from './errors.ts';
import { readRateLimitReset } from './rate-limit-fields.ts';

/** What requests go through: one pipeline for all of them, or one for each host. */
export type Through<Adds> = Pipeline<Adds, boolean> | Pipelines<Pipeline<Adds, boolean>>;

/**
 * What becomes of a request that is neither idempotent nor keyed (a POST or PATCH without `Idempotency-Key`): it is sent
 * `'once'`, gets a key by `'make-key'` and may then be repeated, or is refused with KEY_REQUIRED by `'refuse'`.
 */
export type Unkeyed = 'once' | 'make-key' | 'refuse';

/** How requests are made, and their answers judged. */
export interface HttpOptions<Answered extends { readonly status: number }, Keys extends Unkeyed> {
  /** Whether an answer is a failure. Default: status 408, 425, 429, and 500 or above, but not 501. */
  readonly isFailure?: (response: Answered) => boolean;
  /**
   * What the caller gets when the last answer was such a failure: `'return'` (default) the answer itself, `'throw'` an
   * {@link HttpStatusError}.
   */
  readonly failures?: 'return' | 'throw';
  /** What becomes of a POST or PATCH without `Idempotency-Key`. Default `'once'`. */
  readonly unkeyed?: Keys;
  /**
   * What becomes of a request that could be repeated but for its body, a stream: `'refuse'` (default) fails it with
   * BODY_NOT_REPEATABLE before anything is sent, `'once'` sends it once.
   */
  readonly streamedBody?: 'refuse' | 'once';
  /**
   * Whether the other side is told the time that is left, the attempt and the criticality. Default: yes, but for another
   * origin than that of the page, which it would have to allow by CORS.
   */
  readonly propagate?: boolean | ((url: URL) => boolean);
  /** With pipelines: the key of the one that a request goes through. Default: the URL's `host`. */
  readonly by?: (url: URL) => string;
  /** For the clock that dates in `Retry-After` are held against. Default: the one runtime of the process. */
  readonly runtime?: Runtime;
}

/** The options, checked. */
export interface HttpSetup<Adds, Answered extends Answer> {
  readonly through: (url: URL) => Pipeline<Adds>;
  readonly isFailure: (response: Answered) => boolean;
  readonly throws: boolean;
  readonly unkeyed: Unkeyed;
  readonly refusesStreams: boolean;
  readonly propagates: (url: URL) => boolean;
  /** The error for an answer that is a failure. */
  readonly failure: (request: string, response: Answered) => HttpStatusError<Answered>;
}

const keys = ['isFailure', 'failures', 'unkeyed', 'streamedBody', 'propagate', 'by', 'runtime'];

/** @throws OptionsError */
export function readHttpOptions<Adds, Answered extends Answer>(
  name: string,
  through: Through<Adds>,
  options: HttpOptions<Answered, Unkeyed>,
  ownKeys: readonly string[],
): HttpSetup<Adds, Answered> {
  knownKeys(name, options, [...keys, ...ownKeys]);
  const { propagate = isSameOrigin, by = (url) => url.host, runtime = defaultRuntime } = options;
  const { clock } = runtime;
  return {
    through: choose(through, by),
    isFailure: options.isFailure ?? (({ status }) => isFailureStatus(status)),
    throws: oneOf('failures', options.failures ?? 'return', ['return', 'throw']) === 'throw',
    unkeyed: oneOf('unkeyed', options.unkeyed ?? 'once', ['once', 'make-key', 'refuse']),
    refusesStreams: oneOf('streamedBody', options.streamedBody ?? 'refuse', ['refuse', 'once']) === 'refuse',
    propagates: typeof propagate === 'function' ? propagate : () => propagate,
    failure(request, response) {
      const retryAfterMs =
        readRetryAfter(response, () => clock.epoch + clock.now()) ??
        readRateLimitReset(headerOf(response.headers, 'ratelimit'));
      return new HttpStatusError(request, response, retryAfterMs);
    },
  };
}

/** 501 tells that the server will never do it, which is no fault of its health. */
function isFailureStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501);
}

function choose<Adds>(through: Through<Adds>, by: (url: URL) => string): (url: URL) => Pipeline<Adds> {
  // Whether calls need a key is checked here, by the method, and not by the compiler.
  if (has(through, 'run')) return () => through;
  if (has(through, 'get')) return (url) => through.get(by(url));
  throw new OptionsError('pipeline', through, 'a pipeline, or pipelines by host');
}

function has<Kind extends object, Name extends string>(
  through: Kind,
  method: Name,
): through is Extract<Kind, Record<Name, unknown>> {
  return typeof (through as Record<string, unknown> | undefined)?.[method] === 'function';
}

/** A server has no origin of its own. */
function isSameOrigin(url: URL): boolean {
  const page = (globalThis as { location?: { origin?: string } }).location;
  return page === undefined || page.origin === url.origin;
}
