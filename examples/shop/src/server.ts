/**
 * The frame that every service stands in: routes, JSON, limits on what is read, `/health`, and an orderly end.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Problem, problemOf } from './problem.ts';
import { type Route, router } from './router.ts';

/** What a handler is given. */
interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  /** The values of the route's `:names`. */
  readonly params: Readonly<Record<string, string>>;
  /** Fires when the caller has gone away before the answer. */
  readonly signal: AbortSignal;
  /** The caller's `Idempotency-Key`, without quotes. */
  readonly key: string | undefined;
  /** Reads the body as JSON; a {@link Problem} when it is none, or too long. */
  readonly json: () => Promise<unknown>;
}

/** What a handler gives back: a body sent as JSON, or bytes with a content type of their own. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export type Handler = (request: ServiceRequest) => Reply | Promise<Reply>;

/** What a server is made of. */
export interface ServerOptions {
  readonly routes: readonly Route<Handler>[];
  /** Stands before every route but `/health`: runs the work, or refuses it by throwing. */
  readonly admit?: ((request: ServiceRequest, work: () => Promise<Reply>) => Promise<Reply>) | undefined;
  /** Hears of answers of 500 and above. */
  readonly onFailure: (request: { method: string; path: string }, problem: Problem) => void;
}

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  /** Takes no more connections, lets what runs end (3 s at most), then closes. */
  close(): Promise<void>;
}

/** Longer than any caller keeps a connection that it does not use: else both close it at the same moment. */
const keepAliveMs = 60_000;
const bodyBytesMax = 16 * 1024;
const drainMsMax = 3_000;

/** Starts to listen on the loopback address. Rejects when the port is taken. */
export async function listen(port: number, options: ServerOptions): Promise<RunningServer> {
  const match = router(options.routes);
  const state = { draining: false };
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: keepAliveMs },
    (incoming, outgoing) => {
      void answer(incoming, outgoing, match, options, state);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => drain(server, state),
  };
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  match: ReturnType<typeof router<Handler>>,
  options: ServerOptions,
  state: { readonly draining: boolean },
): Promise<void> {
  const method = incoming.method ?? 'GET';
  const path = (incoming.url ?? '/').split('?', 1)[0] ?? '/';
  if (state.draining) outgoing.setHeader('connection', 'close');
  try {
    if (path === '/health') {
      send(outgoing, method, { status: state.draining ? 503 : 200, body: { ok: !state.draining } });
      return;
    }
    const matched = match(method, path);
    if (!matched.found) {
      if (matched.allow.length === 0) throw new Problem(404, `There is nothing at ${path}.`);
      outgoing.setHeader('allow', matched.allow.join(', '));
      throw new Problem(405, `${path} does not take ${method}.`);
    }
    const request = requestOf(incoming, outgoing, method, path, matched.params);
    const work = async (): Promise<Reply> => matched.handle(request);
    send(outgoing, method, await (options.admit ? options.admit(request, work) : work()));
  } catch (error) {
    if (outgoing.destroyed || outgoing.headersSent) return;
    const problem = problemOf(error);
    if (problem.status >= 500) options.onFailure({ method, path }, problem);
    sendProblem(outgoing, method, problem);
  }
}

function requestOf(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  method: string,
  path: string,
  params: Readonly<Record<string, string>>,
): ServiceRequest {
  let controller: AbortController | undefined;
  return {
    method,
    path,
    params,
    key: keyOf(incoming.headers['idempotency-key']),
    get signal() {
      if (controller === undefined) {
        const gone = new AbortController();
        controller = gone;
        outgoing.once('close', () => {
          if (!outgoing.writableFinished) gone.abort(new Error('The caller went away.'));
        });
      }
      return controller.signal;
    },
    json: () => readJson(incoming),
  };
}

/** The draft standard quotes the key, many clients do not: both are taken. */
function keyOf(header: string | string[] | undefined): string | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!value) return undefined;
  const bare = /^"([^"\\]*)"$/.exec(value)?.[1] ?? value;
  if (!/^[\x21-\x7e]{1,255}$/.test(bare)) {
    throw new Problem(400, 'Expected Idempotency-Key to be 1 to 255 visible characters.');
  }
  return bare;
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new Problem(413, `The body is longer than ${bodyBytesMax} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Problem(400, 'The body is not JSON.');
  }
}

function send(outgoing: ServerResponse, method: string, reply: Reply): void {
  const { body } = reply;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  outgoing.writeHead(reply.status ?? 200, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...reply.headers,
    'content-length': bytes.length,
  });
  outgoing.end(method === 'HEAD' ? undefined : bytes);
}

function sendProblem(outgoing: ServerResponse, method: string, problem: Problem): void {
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (problem.retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(problem.retryAfterMs / 1_000)));
  }
  // What was not read of the request would be taken for the next one on the same connection.
  if (problem.status === 413) headers['connection'] = 'close';
  send(outgoing, method, {
    status: problem.status,
    headers,
    body: { status: problem.status, detail: problem.message },
  });
}

async function drain(server: Server, state: { draining: boolean }): Promise<void> {
  state.draining = true;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), drainMsMax);
  await closed;
  clearTimeout(cut);
}
