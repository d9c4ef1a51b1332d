import type { DnsResponder } from '../dns/responder.ts';
import type { TcpProxy } from '../tcp-proxy.ts';
import { type ApiError, apiErrors, toApiError } from './api-error.ts';
import { readPopulateBody, readProxyBody, readToxicBody, readToxicChange } from './bodies.ts';
import { type JsonNode, parseFirstJson } from './json-syntax.ts';
import { jsonProxy, jsonString, jsonToxic, jsonToxics } from './json-write.ts';
import type { PartitionSet } from './partition-set.ts';
import type { ProxySet } from './proxy-set.ts';

/** The version of Toxiproxy whose HTTP API this is; clients look at it. */
export const toxiproxyVersion = '2.12.0';

/** An answer, before it is written. */
export interface ApiAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly nosniff?: boolean;
  readonly body?: string;
  /** Sent in chunks, without a length. */
  readonly chunked?: boolean;
}

/** What a handler is given. */
export interface ApiRequest {
  readonly proxies: ProxySet;
  readonly partitions: PartitionSet;
  /** The name server, where there is one. */
  readonly dns: DnsResponder | undefined;
  /** The names in the path. */
  readonly names: readonly string[];
  /** The body; read only where it is asked for. */
  readonly body: () => Promise<Uint8Array>;
  /** The text of `/metrics`, where metrics are on. */
  readonly metrics: (() => string) | undefined;
}

type Handler = (request: ApiRequest) => Promise<ApiAnswer> | ApiAnswer;

/** A path, and what answers each method on it. */
export interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Handler>> | Handler;
}

/** Every route of Toxiproxy's HTTP API. */
export const routes: readonly Route[] = [
  { path: /^\/reset$/, methods: { POST: reset } },
  { path: /^\/proxies$/, methods: { GET: listProxies, POST: createProxy } },
  { path: /^\/populate$/, methods: { POST: populate } },
  {
    path: /^\/proxies\/([^/]+)$/,
    methods: { GET: showProxy, POST: updateProxy, PATCH: updateProxy, DELETE: deleteProxy },
  },
  { path: /^\/proxies\/([^/]+)\/toxics$/, methods: { GET: listToxics, POST: createToxic } },
  {
    path: /^\/proxies\/([^/]+)\/toxics\/([^/]+)$/,
    methods: { GET: showToxic, POST: updateToxic, PATCH: updateToxic, DELETE: deleteToxic },
  },
  { path: /^\/version$/, methods: { GET: version } },
];

/** The route of `/metrics`, which exists only when metrics are on; any method will do. */
export const metricsRoute: Route = { path: /^\/metrics$/, methods: showMetrics };

/** The answer that tells of a failure. */
export function failureAnswer(error: unknown): ApiAnswer {
  const { fields, status } = toApiError(error);
  return { status, contentType: 'text/plain; charset=utf-8', nosniff: true, body: `{${fields}}\n` };
}

/** The answer of what has nothing to say. */
export const noContent: ApiAnswer = { status: 204 };

/** An answer in JSON. */
export function json(status: number, body: string): ApiAnswer {
  return { status, contentType: 'application/json', body };
}

async function reset({ proxies, partitions }: ApiRequest): Promise<ApiAnswer> {
  await partitions.healAll();
  await proxies.reset();
  return noContent;
}

function listProxies({ proxies }: ApiRequest): ApiAnswer {
  const members = proxies.all().map((proxy) => `${jsonString(proxy.name)}:${jsonProxy(proxy)}`);
  return json(200, `{${members.join(',')}}`);
}

async function createProxy(request: ApiRequest): Promise<ApiAnswer> {
  const body = readProxyBody(await readJson(request));
  if (body.name === '') throw apiErrors.missing('name');
  if (body.upstream === '') throw apiErrors.missing('upstream');
  return json(201, jsonProxy(await request.proxies.create(body)));
}

async function populate(request: ApiRequest): Promise<ApiAnswer> {
  let made: readonly TcpProxy[] = [];
  let failed: ApiError | undefined;
  try {
    const { proxies, failure } = await request.proxies.populate(readPopulateBody(await readJson(request)));
    made = proxies;
    if (failure !== undefined) failed = toApiError(failure);
  } catch (error) {
    failed = toApiError(error);
  }
  const proxies = `"proxies":${made.length > 0 ? `[${made.map(jsonProxy).join(',')}]` : 'null'}`;
  return failed ? json(failed.status, `{${failed.fields},${proxies}}`) : json(201, `{${proxies}}`);
}

function showProxy({ proxies, names }: ApiRequest): ApiAnswer {
  return json(200, jsonProxy(proxies.get(name(names, 0))));
}

async function updateProxy(request: ApiRequest): Promise<ApiAnswer> {
  const proxy = request.proxies.get(name(request.names, 0));
  const node = await readJson(request);
  await request.proxies.update(proxy, (current) => readProxyBody(node, current));
  return json(200, jsonProxy(proxy));
}

async function deleteProxy({ proxies, names }: ApiRequest): Promise<ApiAnswer> {
  await proxies.remove(name(names, 0));
  return noContent;
}

function listToxics({ proxies, names }: ApiRequest): ApiAnswer {
  return json(200, jsonToxics(proxies.get(name(names, 0)).toxicSet.all()));
}

async function createToxic(request: ApiRequest): Promise<ApiAnswer> {
  const proxy = request.proxies.get(name(request.names, 0));
  const toxic = readToxicBody(await readJson(request), (taken) => proxy.toxicSet.has(taken));
  return json(200, jsonToxic(await proxy.add(toxic)));
}

function showToxic({ proxies, names }: ApiRequest): ApiAnswer {
  return json(200, jsonToxic(findToxic(proxies.get(name(names, 0)), name(names, 1))));
}

async function updateToxic(request: ApiRequest): Promise<ApiAnswer> {
  const proxy = request.proxies.get(name(request.names, 0));
  findToxic(proxy, name(request.names, 1));
  const node = await readJson(request);
  const toxic = findToxic(proxy, name(request.names, 1));
  Object.assign(toxic, readToxicChange(node, toxic));
  await proxy.changed(toxic);
  return json(200, jsonToxic(toxic));
}

async function deleteToxic({ proxies, names }: ApiRequest): Promise<ApiAnswer> {
  const proxy = proxies.get(name(names, 0));
  await proxy.remove(findToxic(proxy, name(names, 1)));
  return noContent;
}

function version(): ApiAnswer {
  const body = `{"version": "${toxiproxyVersion}"}\n`;
  return { status: 200, contentType: 'application/json;charset=utf-8', body };
}

function showMetrics({ metrics }: ApiRequest): ApiAnswer {
  const contentType = 'text/plain; version=0.0.4; charset=utf-8';
  return { status: 200, contentType, body: metrics?.() ?? '', chunked: true };
}

function findToxic(proxy: TcpProxy, toxic: string) {
  if (!proxy.toxicSet.has(toxic)) throw apiErrors.toxicNotFound();
  return proxy.toxicSet.get(toxic);
}

async function readJson(request: ApiRequest): Promise<JsonNode> {
  return parseFirstJson(await request.body());
}

function name(names: readonly string[], index: number): string {
  return names[index] ?? '';
}
