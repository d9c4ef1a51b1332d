import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { posix } from 'node:path';
import { formatAddress, parseAddress } from '../address.ts';
import { dnsResponder, type DnsResponder } from '../dns/responder.ts';
import { ProxyError } from '../errors.ts';
import type { Proxy } from '../proxy-types.ts';
import { machineTime, type Time } from '../time.ts';
import { readConfig } from './config.ts';
import { Metrics } from './metrics.ts';
import { ownRoutes } from './own-routes.ts';
import { PartitionSet } from './partition-set.ts';
import { ProxySet } from './proxy-set.ts';
import { requestIds } from './request-id.ts';
import { type ApiAnswer, failureAnswer, metricsRoute, type Route, routes } from './routes.ts';

/** How the HTTP API is served. */
export interface ProxyServerOptions {
  /** Where the API listens; `localhost` when left out. */
  readonly host?: string | undefined;
  /** Its port; 8474 when left out, 0 for a free one. */
  readonly port?: number | undefined;
  /** A JSON file of proxies, each with its toxics, that are made at the start. */
  readonly config?: string | undefined;
  /** Makes every random choice of every proxy repeatable. */
  readonly seed?: number | undefined;
  /** Whether `/metrics` counts the bytes of each proxy; false when left out. */
  readonly proxyMetrics?: boolean | undefined;
  /** Whether `/metrics` tells of this process; false when left out. */
  readonly runtimeMetrics?: boolean | undefined;
  /** Where a name server listens for UDP queries, as host:port; without it there is none. */
  readonly dns?: string | undefined;
  /** The name server that it asks for names it does not know, as host:port. */
  readonly dnsForward?: string | undefined;
  /** Where time comes from. */
  readonly time?: Time | undefined;
}

/** A served HTTP API. */
export interface ProxyServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:8474`. */
  readonly url: string;
  readonly seed: number;
  /** Where the name server listens, if there is one. */
  readonly dns: string | undefined;
  /** The proxies, sorted by name. */
  proxies(): readonly Proxy[];
  /** Closes the API, every proxy and every connection. */
  close(): Promise<void>;
}

/**
 * Serves Toxiproxy's HTTP API, so that its clients work unchanged.
 *
 * @throws ProxyError `PROXY_CONFIG_INVALID`, `PROXY_ADDRESS_IN_USE`, `PROXY_ADDRESS_UNAVAILABLE`
 * @example const server = await startProxyServer({ port: 0, seed: 42 });
 */
export async function startProxyServer(options: ProxyServerOptions = {}): Promise<ProxyServer> {
  const { host = 'localhost', port = 8474, seed, time = machineTime } = options;
  const metrics = new Metrics({
    proxyMetrics: options.proxyMetrics ?? false,
    runtimeMetrics: options.runtimeMetrics ?? false,
  });
  const proxies = new ProxySet({
    seed,
    time,
    connectionClosed: (proxy, counts) => metrics.count(proxy, counts),
  });
  const partitions = new PartitionSet(() => proxies.links(), proxies.seed, time);
  let dns: DnsResponder | undefined;
  const api = apiServer({ proxies, partitions, dns: () => dns, metrics, time });
  try {
    if (options.dns !== undefined) {
      parseAddress('dns', options.dns);
      dns = await dnsResponder({
        listen: options.dns,
        forward: options.dnsForward,
        seed: proxies.seed,
        time,
      });
    }
    if (options.config !== undefined) await populateFrom(options.config, proxies);
    await listen(api, host, port);
  } catch (error) {
    await dns?.close();
    await proxies.close();
    throw error;
  }
  const bound = api.address();
  const url = bound && typeof bound === 'object' ? `http://${formatAddress(bound.address, bound.port)}` : '';
  const close = async () => {
    const closed = new Promise<void>((resolve) => api.close(() => resolve()));
    api.closeAllConnections();
    await partitions.healAll();
    await dns?.close();
    await proxies.close();
    await closed;
  };
  return {
    url,
    seed: proxies.seed,
    dns: dns?.listen,
    proxies: () => proxies.all(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The most that a body may hold, in bytes; no honest client comes near. */
const bodyBytesMax = 16 * 1024 * 1024;

/** Toxiproxy sends a longer answer in chunks, without its length. */
const wholeBytesMax = 2048;

/** What the routes answer with. */
interface ApiParts {
  readonly proxies: ProxySet;
  readonly partitions: PartitionSet;
  readonly dns: () => DnsResponder | undefined;
  readonly metrics: Metrics;
  readonly time: Time;
}

function apiServer({ proxies, partitions, dns, metrics, time }: ApiParts): Server {
  const nowMs = () => time.clock.epoch + time.clock.now();
  const nextId = requestIds(nowMs);
  const known = [...routes, ...ownRoutes, ...(metrics.on ? [metricsRoute] : [])];
  const server = createServer({ requestTimeout: 15_000, headersTimeout: 15_000, keepAliveTimeout: 60_000 });
  server.on('request', (request, response) => {
    void answer(request).then(({ id, ...found }) => write(request, response, found, id, nowMs()));
  });
  return server;

  async function answer(request: IncomingMessage): Promise<ApiAnswer & { location?: string; id?: string }> {
    const path = readPath(request.url ?? '/');
    const clean = cleanPath(path);
    if (clean !== path) return { status: 301, location: clean };
    const route = known.find((candidate) => candidate.path.test(path));
    if (!route) return plainText(404, '404 page not found');
    const handler = typeof route.methods === 'function' ? route.methods : methodOf(route, request.method);
    if (!handler) return { status: 405, body: '' };
    const id = nextId();
    if (request.headers['user-agent']?.startsWith('Mozilla/')) {
      return { ...plainText(403, 'User agent not allowed'), id };
    }
    const names = (route.path.exec(path) ?? []).slice(1);
    const metricsText = metrics.on ? () => metrics.text() : undefined;
    try {
      return {
        ...(await handler({
          proxies,
          partitions,
          dns: dns(),
          names,
          body: () => readBody(request),
          metrics: metricsText,
        })),
        id,
      };
    } catch (error) {
      return { ...(error instanceof TooLarge ? plainText(413, error.message) : failureAnswer(error)), id };
    }
  }
}

function methodOf(route: Route, method: string | undefined) {
  if (typeof route.methods === 'function') return route.methods;
  return Object.hasOwn(route.methods, method ?? '') ? route.methods[method ?? ''] : undefined;
}

function plainText(status: number, text: string): ApiAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', nosniff: true, body: `${text}\n` };
}

/** Headers in Toxiproxy's order, and no other. */
function write(
  request: IncomingMessage,
  response: ServerResponse,
  answer: ApiAnswer & { location?: string },
  id: string | undefined,
  nowMs: number,
): void {
  response.sendDate = false;
  response.removeHeader('connection');
  const headers: string[] = [];
  if (answer.contentType) headers.push('Content-Type', answer.contentType);
  if (answer.location !== undefined) headers.push('Location', answer.location);
  if (answer.nosniff) headers.push('X-Content-Type-Options', 'nosniff');
  if (id !== undefined) headers.push('X-Toxiproxy-Request-Id', id);
  headers.push('Date', new Date(nowMs).toUTCString());
  const body = Buffer.from(answer.body ?? '');
  const bare = answer.status === 204 || (request.method === 'HEAD' && body.length === 0);
  if (answer.chunked || body.length > wholeBytesMax) headers.push('Transfer-Encoding', 'chunked');
  else if (!bare) headers.push('Content-Length', String(body.length));
  if (request.headers.connection?.toLowerCase() === 'close') headers.push('Connection', 'close');
  response.writeHead(answer.status, headers);
  response.end(body);
  // What is left of a body that nobody asked for must not hold the connection up.
  request.resume();
}

function readPath(url: string): string {
  const path = url.split('?', 1)[0] ?? '/';
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function cleanPath(path: string): string {
  const clean = posix.normalize(path.startsWith('/') ? path : `/${path}`);
  return clean;
}

class TooLarge extends Error {}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyBytesMax) throw new TooLarge(`The body is larger than ${bodyBytesMax} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function populateFrom(file: string, proxies: ProxySet): Promise<void> {
  const { failure } = await proxies.populate(await readConfig(file));
  if (failure === undefined) return;
  throw new ProxyError(
    'PROXY_CONFIG_INVALID',
    `The proxies of ${file} cannot start: ${(failure as Error).message}.`,
  );
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const inUse = cause.code === 'EADDRINUSE';
      const why = inUse ? 'another program listens there; choose another port' : cause.message;
      reject(
        new ProxyError(
          inUse ? 'PROXY_ADDRESS_IN_USE' : 'PROXY_ADDRESS_UNAVAILABLE',
          `The HTTP API cannot listen on ${formatAddress(host, port)}: ${why}.`,
          { cause },
        ),
      );
    });
    server.listen({ host, port }, resolve);
  });
}
