/** undici's dispatcher, through a pipeline: an interceptor for `dispatcher.compose()`. */
import type { Attempt } from '../kernel/attempt.ts';
import { idempotencyKeyHeader, writeIdempotencyKey } from '../idempotency/key.ts';
import { contextHeaders } from './context-headers.ts';
import { DispatchAttempt } from './dispatch-attempt.ts';
import { CallController } from './dispatch-controller.ts';
import { readDispatchHeaders } from './dispatch-headers.ts';
import { FailedAnswers } from './failed-answers.ts';
import {
  type HttpOptions,
  type HttpSetup,
  readHttpOptions,
  type Through,
  type Unkeyed,
} from './http-options.ts';
import { isStream, readRepetition } from './repetition.ts';
import type { Dispatch, DispatchHandler, DispatchHeaders, DispatchOptions } from './undici-types.ts';

/** An answer, as far as it is judged. */
export interface DispatchedAnswer {
  readonly status: number;
  readonly headers: DispatchHeaders;
}

/** What a fallback gives is no answer of HTTP, so that a pipeline which holds one is refused by the compiler. */
type OnlyAnswers<Adds> = [Adds] extends [never] ? unknown : never;

/** How requests are dispatched, and their answers judged. */
export type ProtectDispatchOptions = HttpOptions<DispatchedAnswer, Unkeyed>;

/**
 * Makes an interceptor for undici 8, by which all requests of a dispatcher go through a pipeline, or through one pipeline
 * for each host: those of `request`, `stream` and `fetch` alike.
 *
 * What is said of `protectFetch` holds here too: which requests are repeated, which answers are failures, what the other
 * side is told. A call has succeeded when the headers of a good answer are there. Upgrades and CONNECT pass by.
 *
 * undici's `fetch` hands every body on as a stream; with `streamedBody: 'once'` such requests are sent once.
 *
 * @throws OptionsError
 * @example
 * const agent = new Agent().compose(protectDispatch(pipelines((host) => pipeline(host, [retry(), circuitBreaker()]))));
 * const { statusCode, body } = await request(url, { dispatcher: agent });
 */
export function protectDispatch<Adds = never>(
  through: Through<Adds> & OnlyAnswers<Adds>,
  options: ProtectDispatchOptions = {},
): <Dispatcher extends Dispatch>(dispatch: Dispatcher) => Dispatcher {
  const setup = readHttpOptions<unknown, DispatchAttempt>('protectDispatch', through, options, []);
  return <Dispatcher extends Dispatch>(inner: Dispatcher) => {
    const dispatch = inner as unknown as (request: DispatchOptions, handler: DispatchHandler) => boolean;
    const protectedDispatch = (request: DispatchOptions, handler: DispatchHandler): boolean => {
      if (request.upgrade || request.method === 'CONNECT') return dispatch(request, handler);
      void carry(setup, dispatch, request, handler);
      return true;
    };
    return protectedDispatch as unknown as Dispatcher;
  };
}

/** Never rejects: whatever happens is told to the handler. */
async function carry(
  setup: HttpSetup<unknown, DispatchAttempt>,
  dispatch: (request: DispatchOptions, handler: DispatchHandler) => boolean,
  request: DispatchOptions,
  handler: DispatchHandler,
): Promise<void> {
  const caller = new AbortController();
  const controller = new CallController((reason) => caller.abort(reason));
  const failed = new FailedAnswers<DispatchAttempt>();
  const started = {};
  try {
    // At once, and not when the first attempt has a connection: the caller may give up before.
    handler.onRequestStart?.(controller, started);
    const url = new URL(request.path, request.origin ?? 'http://unknown.invalid');
    const name = `${request.method} ${request.origin === undefined ? '' : url.origin}${url.pathname}`;
    const headers = readDispatchHeaders(request.headers);
    const sent = (header: string) => (headers[header] as string | string[] | undefined)?.toString();
    const pipeline = setup.through(url);
    const { key, repeat } = readRepetition(
      {
        method: request.method.toUpperCase(),
        name,
        key: sent(idempotencyKeyHeader),
        once: false,
        streamed: isStream(request.body),
      },
      setup,
      pipeline,
    );
    if (key !== undefined) headers[idempotencyKeyHeader] ??= writeIdempotencyKey(key);
    const propagates = setup.propagates(url);

    const send = async (attempt: Attempt): Promise<DispatchAttempt> => {
      const context = propagates ? contextHeaders(attempt, sent) : undefined;
      const answer = await new Promise<DispatchAttempt>((answered, fail) => {
        const asked = new DispatchAttempt({ handler, controller, started, answered, failed: fail });
        const { signal } = attempt;
        signal.addEventListener('abort', () => asked.abort(signal.reason as Error), { once: true });
        dispatch({ ...request, headers: { ...headers, ...context } }, asked);
      });
      if (setup.isFailure(answer)) throw failed.add(setup.failure(name, answer));
      return answer;
    };
    const answer = (await pipeline.run(send, { signal: caller.signal, key, repeat })) as DispatchAttempt;
    failed.letGo(undefined);
    answer.handOver();
  } catch (error) {
    const last = setup.throws ? undefined : failed.find(error);
    failed.letGo(last);
    if (last === undefined) handler.onResponseError?.(controller, error as Error);
    else last.response.handOver();
  }
}
