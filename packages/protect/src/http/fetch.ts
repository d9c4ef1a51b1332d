/**
 * `fetch`, through a pipeline.
 *
 * `fetch` resolves with whatever is answered. Within the pipeline an answer that is a failure is thrown, so that every
 * policy sees it for what it is; the caller then gets the last answer back.
 */
import type { Attempt } from '../kernel/attempt.ts';
import type { CallOptions } from '../kernel/call-options.ts';
import { discard } from '../kernel/discard.ts';
import { oneOf } from '../kernel/options.ts';
import { defaultRuntime } from '../kernel/runtime.ts';
import { idempotencyKeyHeader, writeIdempotencyKey } from '../idempotency/key.ts';
import { BodyEnds } from './body-ends.ts';
import { contextHeaders } from './context-headers.ts';
import type { HttpStatusError } from './errors.ts';
import { FailedAnswers } from './failed-answers.ts';
import {
  type HttpOptions,
  type HttpSetup,
  readHttpOptions,
  type Through,
  type Unkeyed,
} from './http-options.ts';
import type { IdempotentMethod } from './methods.ts';
import { isStream, readRepetition } from './repetition.ts';
import { readWholeBody } from './whole-body.ts';

/** What a request brings along beside what `fetch` knows. */
export interface ProtectedInit extends RequestInit, Pick<CallOptions, 'criticality' | 'tenant' | 'within'> {
  /** Sent as `Idempotency-Key`, the same with every attempt; a POST or PATCH that has one may be repeated. */
  readonly key?: string | undefined;
  /** `false`: the request is sent once, whatever its method. */
  readonly repeat?: false | undefined;
}

/** As {@link ProtectedInit}, where a request without key must be idempotent, or sent once. */
export type KeyedInit = ProtectedInit &
  ({ readonly method?: IdempotentMethod } | { readonly key: string } | { readonly repeat: false });

/** A function as `fetch`; what a fallback in the pipeline answers may come in the place of a response. */
export type ProtectedFetch<Adds = never, Init extends ProtectedInit = ProtectedInit> = (
  input: string | URL | Request,
  init?: Init,
) => Promise<Response | Adds>;

/** How requests are made, and their answers judged. */
export interface ProtectFetchOptions<Keys extends Unkeyed = Unkeyed> extends HttpOptions<Response, Keys> {
  /**
   * Whether a call has succeeded once the headers are there (`'stream'`, default), or once the whole body is (`'whole'`):
   * time-outs then cover the body too, and an answer that breaks off is tried again. The body is kept in memory.
   */
  readonly body?: 'stream' | 'whole';
  /** Default: the platform's own. */
  readonly fetch?: typeof fetch;
}

/**
 * Makes a `fetch` whose requests go through a pipeline, or through one pipeline for each host.
 *
 * GET, HEAD, OPTIONS, TRACE, PUT and DELETE may be repeated by the pipeline's policies; POST, PATCH and others only with
 * an idempotency key, and without one they pass the same policies once (see `unkeyed`). A `Request` with a body is kept
 * in memory while it may be sent again.
 *
 * Rejects as `fetch` does, with errors of the policies, and with BODY_NOT_REPEATABLE, KEY_REQUIRED or
 * IDEMPOTENCY_KEY_INVALID before anything is sent.
 *
 * @throws OptionsError
 * @example
 * const api = protectFetch(pipeline('api', [retry(), circuitBreaker(), timeout('1s')]));
 * const stock = await api('https://api.example/stock/7');
 * await api('https://api.example/orders', { method: 'POST', body, key: order.id });
 */
export function protectFetch<Adds = never, const Keys extends Unkeyed = 'once'>(
  through: Through<Adds>,
  options: ProtectFetchOptions<Keys> = {},
): ProtectedFetch<Adds, 'refuse' extends Keys ? KeyedInit : ProtectedInit> {
  const setup: FetchSetup<Adds> = {
    ...readHttpOptions('protectFetch', through, options, ['body', 'fetch']),
    whole: oneOf('body', options.body ?? 'stream', ['stream', 'whole']) === 'whole',
    bodies: new BodyEnds((options.runtime ?? defaultRuntime).signals),
    // Looked up anew each time: instrumentation may come later and replace it.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
  };
  return (input, init) => protectedFetch(setup, input, init ?? {});
}

interface FetchSetup<Adds> extends HttpSetup<Adds, Response> {
  readonly whole: boolean;
  readonly bodies: BodyEnds;
  readonly fetch: typeof fetch;
}

async function protectedFetch<Adds>(
  setup: FetchSetup<Adds>,
  input: string | URL | Request,
  init: ProtectedInit,
): Promise<Response | Adds> {
  const request = typeof input === 'string' || input instanceof URL ? undefined : input;
  const url = new URL(request?.url ?? (input as string | URL), (globalThis as Page).location?.href);
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase();
  const name = `${method} ${url.origin}${url.pathname}`;
  const headers = new Headers(init.headers ?? request?.headers);
  const pipeline = setup.through(url);
  const { key, repeat } = readRepetition(
    {
      method,
      name,
      key: init.key ?? headers.get(idempotencyKeyHeader) ?? undefined,
      once: init.repeat === false,
      streamed: isStream(init.body),
    },
    setup,
    pipeline,
  );
  if (key !== undefined && (init.key !== undefined || !headers.has(idempotencyKeyHeader))) {
    headers.set(idempotencyKeyHeader, writeIdempotencyKey(key));
  }
  const copied = repeat && pipeline.repeats && init.body === undefined && request?.body ? request : undefined;
  const callers = (init.signal === undefined ? request?.signal : init.signal) ?? undefined;
  const propagates = setup.propagates(url);
  const failed = new FailedAnswers<Response>();

  async function send(attempt: Attempt): Promise<Response> {
    const { signal } = attempt;
    const ends = callers === undefined || callers === signal ? undefined : new AbortController();
    if (ends !== undefined) signal.addEventListener('abort', () => ends.abort(signal.reason), { once: true });
    const response = await setup.fetch(copied?.clone() ?? input, {
      ...init,
      headers: propagates ? withContext(headers, attempt) : headers,
      signal: ends?.signal ?? signal,
    });
    const answer = setup.whole ? await readWholeBody(response) : response;
    if (callers && ends && !setup.whole && answer.body) setup.bodies.follow(answer.body, callers, ends);
    if (!isFailure(setup, answer)) return answer;
    throw failed.add(setup.failure(name, answer));
  }

  let last: HttpStatusError | undefined;
  try {
    return await pipeline.run(send, {
      signal: callers,
      key,
      repeat,
      criticality: init.criticality,
      tenant: init.tenant,
      within: init.within,
    });
  } catch (error) {
    last = failed.find(error);
    if (last === undefined || setup.throws) throw error;
    return last.response;
  } finally {
    failed.letGo(last);
    // What was kept to be sent again.
    if (copied !== undefined) discard(copied);
  }
}

/** The caller's own judgement may throw, and then nobody gets the answer. */
function isFailure(setup: Pick<FetchSetup<unknown>, 'isFailure'>, answer: Response): boolean {
  try {
    return setup.isFailure(answer);
  } catch (error) {
    discard(answer);
    throw error;
  }
}

interface Page {
  readonly location?: { readonly href?: string };
}

function withContext(headers: Headers, attempt: Attempt): Headers {
  const added = Object.entries(contextHeaders(attempt, (name) => headers.get(name) ?? undefined));
  if (added.length === 0) return headers;
  const all = new Headers(headers);
  for (const [name, value] of added) all.set(name, value);
  return all;
}
