/**
 * How a service asks another one: JSON over HTTP by `fetch`. It knows no policy; the pipelines are wrapped around it.
 */

/** What was answered: anything below 500 but 429, so that "sold out" (409) is an answer and not a failure. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** What may be sent along with a request. */
export interface RequestOptions {
  /** The default is GET. */
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  /** Ends the request when it fires. */
  readonly signal?: AbortSignal | undefined;
  /** Sent as `Idempotency-Key`: the same key, however often it is sent, has one effect. */
  readonly key?: string | undefined;
}

/** The other side did not answer, or answered that it could not (5xx, 429). Another try may help. */
export class RemoteFailure extends Error {
  readonly code = 'REMOTE_FAILURE';
  readonly status: number | undefined;
  /** How long the other side asked us to wait, from `Retry-After`. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: { status?: number; retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'RemoteFailure';
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/**
 * Sends one request and reads the whole answer.
 *
 * @throws RemoteFailure when nothing came back, or a 5xx or 429 did
 * @throws whatever `signal` was aborted with, untouched
 */
export async function requestJson<T>(url: string, options: RequestOptions = {}): Promise<Answer<T>> {
  const { method = 'GET', body, signal, key } = options;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (key !== undefined) headers['idempotency-key'] = `"${key}"`;
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal !== undefined) init.signal = signal;

  const { response, text } = await send(url, init, signal);
  if (response.status >= 500 || response.status === 429) {
    throw new RemoteFailure(`${method} ${url} was answered with ${response.status}.`, {
      status: response.status,
      ...retryAfter(response.headers.get('retry-after')),
    });
  }
  return { status: response.status, body: parse(text, `${method} ${url}`) as T };
}

async function send(
  url: string,
  init: RequestInit,
  signal: AbortSignal | undefined,
): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(url, init);
    return { response, text: await response.text() };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw new RemoteFailure(`${init.method} ${url} was not answered: ${reasonOf(error)}.`, { cause: error });
  }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RemoteFailure(`${what} was answered with something other than JSON.`, { cause: error });
  }
}

function retryAfter(header: string | null): { retryAfterMs?: number } {
  const seconds = header === null ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1_000 } : {};
}

/** `fetch` hides what happened ("fetch failed") in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return String(cause);
}
