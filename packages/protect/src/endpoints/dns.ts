/**
 * DNS as a source of endpoints. The only file of this room that needs Node's own modules; Deno and Bun have them too.
 */
import { Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { OptionsError } from '../kernel/errors.ts';
import { knownKeys, wholeNumber } from '../kernel/options.ts';
import type { EndpointAddress, EndpointSource, Listing } from './source.ts';

/** What is needed of a resolver; `node:dns/promises` has one. */
export interface DnsResolver {
  resolve4(host: string, options: { ttl: true }): Promise<readonly { address: string; ttl: number }[]>;
  resolve6(host: string, options: { ttl: true }): Promise<readonly { address: string; ttl: number }[]>;
  resolveSrv(
    name: string,
  ): Promise<readonly { name: string; port: number; priority: number; weight: number }[]>;
}

/** How a name becomes URLs. */
export interface DnsOptions {
  /** The scheme of the URLs. Default `http`. */
  readonly protocol?: string;
  /** Only IPv4 or IPv6 addresses. Default: both. */
  readonly family?: 4 | 6;
  /** Default: one that asks the name servers of the system; it reads no `hosts` file. */
  readonly resolver?: DnsResolver;
}

/** How the addresses of a host become URLs. */
export interface DnsAddressesOptions extends DnsOptions {
  readonly port: number;
}

/** How the services of a name become URLs. */
export interface DnsServicesOptions extends DnsOptions {
  /** `addresses` (default): each address of each host is a server. `names`: each host is one, by its name. */
  readonly targets?: 'addresses' | 'names';
}

/**
 * The servers are the addresses of a host, its A and AAAA records. They hold for their time to live. No such name, or
 * one without addresses, means that there is no server.
 *
 * `https` needs the name of the host beside the address: `visit.endpoint.host` has it.
 *
 * @throws OptionsError
 * @example endpoints('inventory', { source: dnsAddresses('inventory.internal', { port: 8080 }) })
 */
export function dnsAddresses(host: string, options: DnsAddressesOptions): EndpointSource {
  const setup = readOptions('dnsAddresses', host, options, ['port']);
  const port = wholeNumber('port', options.port, 1, 65_535);
  return {
    name: `DNS addresses of ${host}`,
    async list(signal) {
      const { addresses, ttlMs, because } = await addressesOf(host, setup.resolverFor(signal), setup.family);
      const endpoints = addresses.map((address) => ({ url: setup.url(address, port), host }));
      return { endpoints, freshForMs: ttlMs, because };
    },
  };
}

/**
 * The servers are those that the SRV records of a name tell of, with their ports, priorities and weights. Node does not
 * tell the time that SRV records hold, so that of the addresses counts, up to `refreshEvery`.
 *
 * Source: RFC 2782. A weight of 0 beside others is a hundredth of 1; the weight of a host is shared by its addresses.
 *
 * @throws OptionsError
 * @example endpoints('inventory', { source: dnsServices('_http._tcp.inventory.internal') })
 */
export function dnsServices(name: string, options: DnsServicesOptions = {}): EndpointSource {
  const setup = readOptions('dnsServices', name, options, ['targets']);
  const { targets = 'addresses' } = options;
  if (targets !== 'addresses' && targets !== 'names') {
    throw new OptionsError('targets', targets, "'addresses' or 'names'");
  }
  return {
    name: `DNS services of ${name}`,
    async list(signal) {
      const resolver = setup.resolverFor(signal);
      const { found, because } = await ask(() => resolver.resolveSrv(name));
      // A lone dot says that the service is not to be had.
      const records = found
        .filter((record) => record.name !== '' && record.name !== '.')
        .slice(0, targetsMax);
      const hosts =
        targets === 'names' ? records.map(asNamed) : await resolveAll(records, resolver, setup.family);
      return listingOf(records, hosts, because, setup.url);
    },
  };
}

/** So many hosts of one answer are asked for; the rest is left. */
const targetsMax = 200;

interface Service {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

interface Host {
  readonly addresses: readonly string[];
  readonly ttlMs: number | undefined;
  readonly because: unknown;
}

interface Setup {
  readonly family: 4 | 6 | undefined;
  readonly url: (host: string, port: number) => string;
  readonly resolverFor: (signal: AbortSignal) => DnsResolver;
}

function readOptions(what: string, name: string, options: DnsOptions, more: readonly string[]): Setup {
  knownKeys(what, options, ['protocol', 'family', 'resolver', ...more]);
  const { protocol = 'http', family, resolver } = options;
  if (typeof name !== 'string' || name === '') throw new OptionsError('name', name, 'a name that DNS knows');
  if (typeof protocol !== 'string' || !/^[a-z][a-z0-9+.-]*$/.test(protocol)) {
    throw new OptionsError('protocol', protocol, "a scheme such as 'http'");
  }
  if (family !== undefined && family !== 4 && family !== 6)
    throw new OptionsError('family', family, '4 or 6');
  return {
    family,
    url: (host, port) => `${protocol}://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    resolverFor: (signal) => resolver ?? systemResolver(signal),
  };
}

/** A new one for each question: it knows of name servers that changed, and can be cancelled without harm to another. */
function systemResolver(signal: AbortSignal): DnsResolver {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  signal.addEventListener('abort', () => resolver.cancel(), { once: true });
  return resolver;
}

/** Fails only when no address is found and a name server failed; one family is enough. */
async function addressesOf(host: string, resolver: DnsResolver, family: 4 | 6 | undefined): Promise<Host> {
  const asked = await Promise.allSettled([
    ...(family === 6 ? [] : [ask(() => resolver.resolve4(host, { ttl: true }))]),
    ...(family === 4 ? [] : [ask(() => resolver.resolve6(host, { ttl: true }))]),
  ]);
  const answers = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const found = answers.flatMap((answer) => answer.found);
  const failure = asked.find((one) => one.status === 'rejected');
  if (found.length === 0 && failure !== undefined) throw failure.reason;
  return {
    addresses: found.map(({ address }) => address),
    ttlMs: found.length === 0 ? undefined : Math.min(...found.map(({ ttl }) => ttl)) * 1_000,
    because: answers.find(({ because }) => because !== undefined)?.because,
  };
}

/** That there is nothing of that name or type is an answer, and no failure. */
async function ask<Found>(
  question: () => Promise<readonly Found[]>,
): Promise<{ readonly found: readonly Found[]; readonly because: unknown }> {
  try {
    return { found: await question(), because: undefined };
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === 'ENOTFOUND' || code === 'ENODATA') return { found: [], because: error };
    throw error;
  }
}

function asNamed({ name }: Service): Host {
  return { addresses: [name], ttlMs: undefined, because: undefined };
}

/** Fails only when no host has an address and a name server failed. */
async function resolveAll(
  services: readonly Service[],
  resolver: DnsResolver,
  family: 4 | 6 | undefined,
): Promise<readonly Host[]> {
  const asked = await Promise.allSettled(services.map(({ name }) => addressesOf(name, resolver, family)));
  const failure = asked.find((one) => one.status === 'rejected');
  const hosts = asked.map((one) =>
    one.status === 'fulfilled' ? one.value : { addresses: [], ttlMs: undefined, because: one.reason },
  );
  if (failure !== undefined && hosts.every(({ addresses }) => addresses.length === 0)) throw failure.reason;
  return hosts;
}

function listingOf(
  services: readonly Service[],
  hosts: readonly Host[],
  because: unknown,
  url: Setup['url'],
): Listing {
  const zeroes = services.every(({ weight }) => weight === 0);
  const endpoints = services.flatMap(({ name, port, priority, weight }, i): readonly EndpointAddress[] => {
    const { addresses } = hosts[i]!;
    const parts = (zeroes ? 1 : weight) * 100;
    const each = Math.max(1, Math.round(parts / addresses.length));
    return addresses.map((address) => ({ url: url(address, port), host: name, priority, weight: each }));
  });
  const ttls = hosts.flatMap(({ ttlMs }) => (ttlMs === undefined ? [] : [ttlMs]));
  return {
    endpoints,
    freshForMs: ttls.length === 0 ? undefined : Math.min(...ttls),
    because: because ?? hosts.find((host) => host.because !== undefined)?.because,
  };
}
