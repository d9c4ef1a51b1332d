import type { DnsFault } from '../dns/faults.ts';
import type { DnsResponder } from '../dns/responder.ts';
import type { PartitionOptions } from '../network/partition.ts';
import { ApiError } from './api-error.ts';
import { type ApiAnswer, type ApiRequest, json, noContent, type Route } from './routes.ts';

/** The routes that Toxiproxy does not have. */
export const ownRoutes: readonly Route[] = [
  { path: /^\/proxies\/([^/]+)\/connections$/, methods: { GET: listConnections } },
  { path: /^\/partitions$/, methods: { GET: listPartitions, POST: createPartition } },
  { path: /^\/partitions\/([^/]+)$/, methods: { DELETE: healPartition } },
  { path: /^\/dns$/, methods: { GET: showDns } },
  { path: /^\/dns\/records$/, methods: { POST: setRecord } },
  { path: /^\/dns\/records\/([^/]+)$/, methods: { DELETE: removeRecord } },
  { path: /^\/dns\/faults$/, methods: { POST: addDnsFault } },
  { path: /^\/dns\/faults\/([^/]+)$/, methods: { DELETE: removeDnsFault } },
];

function listConnections({ proxies, names }: ApiRequest): ApiAnswer {
  return json(200, JSON.stringify(proxies.get(names[0] ?? '').connections()));
}

function listPartitions({ partitions }: ApiRequest): ApiAnswer {
  return json(200, JSON.stringify(partitions.all()));
}

async function createPartition(request: ApiRequest): Promise<ApiAnswer> {
  const body = await readObject(request);
  const { name, ...options } = body as { readonly name?: unknown } & Record<string, unknown>;
  if (typeof name !== 'string' || name === '') throw new ApiError('missing required field: name', 400);
  for (const group of ['between', 'and'] as const) {
    const names = options[group];
    if (Array.isArray(names) && names.length > 0 && names.every((one) => typeof one === 'string')) continue;
    throw new ApiError(`${group} must be a list of at least one service`, 400);
  }
  const made = await request.partitions.add(name, options as unknown as PartitionOptions);
  return json(201, JSON.stringify(made));
}

async function healPartition({ partitions, names }: ApiRequest): Promise<ApiAnswer> {
  await partitions.heal(names[0] ?? '');
  return noContent;
}

function showDns(request: ApiRequest): ApiAnswer {
  const dns = dnsOf(request);
  return json(
    200,
    JSON.stringify({
      listen: dns.listen,
      records: dns.records(),
      faults: dns.faults(),
      queries: dns.queries(),
    }),
  );
}

async function setRecord(request: ApiRequest): Promise<ApiAnswer> {
  const { host, addresses } = (await readObject(request)) as { host?: unknown; addresses?: unknown };
  if (typeof host !== 'string' || host === '') throw new ApiError('missing required field: host', 400);
  if (!Array.isArray(addresses)) throw new ApiError('missing required field: addresses', 400);
  dnsOf(request).setRecord(host, addresses.map(String));
  return json(200, JSON.stringify({ host, addresses }));
}

function removeRecord(request: ApiRequest): ApiAnswer {
  dnsOf(request).setRecord(request.names[0] ?? '', []);
  return noContent;
}

async function addDnsFault(request: ApiRequest): Promise<ApiAnswer> {
  const fault = (await readObject(request)) as unknown as DnsFault;
  if (typeof fault.name !== 'string' || fault.name === '') {
    throw new ApiError('missing required field: name', 400);
  }
  if (typeof fault.host !== 'string') throw new ApiError('missing required field: host', 400);
  dnsOf(request).addFault(fault);
  return json(200, JSON.stringify(fault));
}

function removeDnsFault(request: ApiRequest): ApiAnswer {
  dnsOf(request).removeFault(request.names[0] ?? '');
  return noContent;
}

function dnsOf({ dns }: ApiRequest): DnsResponder {
  if (dns) return dns;
  throw new ApiError('no name server: start the proxy with --dns ADDRESS:PORT', 404);
}

async function readObject(request: ApiRequest): Promise<object> {
  const text = new TextDecoder().decode(await request.body());
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ApiError(`bad request body: ${(error as Error).message}`, 400);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ApiError('bad request body: expected a JSON object', 400);
}
