/** The client cannot locate the server: the name server says so, says wrong things, or says nothing. */
import { Resolver } from 'node:dns/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type DnsResponder, dnsResponder } from '@seaworthy/break/proxy';
import { pipeline, retry, timeout } from '@seaworthy/protect';
import { type Endpoints, endpoints, type EndpointsOptions } from '@seaworthy/protect/endpoints';
import { dnsAddresses, dnsServices } from '@seaworthy/protect/endpoints/dns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const hosts = ['127.0.0.2', '127.0.0.3', '127.0.0.4'] as const;
const services = '_http._tcp.inventory.test';

let port: number;
let servers: Map<string, Server>;
let names: DnsResponder;
let resolver: Resolver;
let inventory: Endpoints | undefined;

beforeEach(async () => {
  servers = new Map();
  port = 0;
  for (const host of hosts) await start(host);
  names = await dnsResponder({
    records: {
      'inventory.test': [hosts[0], hosts[1]],
      'one.inventory.test': [hosts[0]],
      'two.inventory.test': [hosts[1]],
      'spare.inventory.test': [hosts[2]],
    },
    services: {
      [services]: [
        { target: 'one.inventory.test', port, priority: 1, weight: 10 },
        { target: 'two.inventory.test', port, priority: 1, weight: 30 },
        { target: 'spare.inventory.test', port, priority: 2 },
      ],
    },
  });
  resolver = new Resolver({ timeout: 300, tries: 1 });
  resolver.setServers([names.listen]);
});

afterEach(async () => {
  await inventory?.close();
  await names.close();
  for (const host of servers.keys()) await stop(host);
});

/** A server on an address of the loopback network, all of them on one port, as behind one name. */
async function start(host: string): Promise<void> {
  const server = createServer((_request, response) => response.end(host));
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  ({ port } = server.address() as AddressInfo);
  servers.set(host, server);
}

async function stop(host: string): Promise<void> {
  const server = servers.get(host)!;
  servers.delete(host);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** A call tells which address answered, or the error. */
function callerOf(source: EndpointsOptions['source'], options: Partial<EndpointsOptions> = {}) {
  inventory = endpoints('inventory', { source, balance: 'random', ...options });
  const line = pipeline('stock', [retry({ attempts: 3 }), timeout('2s')], { idempotent: true });
  const once = (attempt: Parameters<Parameters<typeof line.run>[0]>[0]) =>
    inventory!.call(async ({ url, signal }) => (await fetch(url, { signal })).text(), attempt);
  return () => line.outcome(once).then((outcome) => (outcome.ok ? outcome.value : outcome.error));
}

async function answers(call: () => Promise<unknown>, calls = 60): Promise<readonly unknown[]> {
  const seen = new Set<unknown>();
  for (let i = 0; i < calls; i++) seen.add(await call());
  return [...seen].toSorted((one, other) => String(one).localeCompare(String(other)));
}

describe('addresses of a host', () => {
  const source = () => dnsAddresses('inventory.test', { port, resolver, family: 4 });

  it('all are used', async () => {
    expect(await answers(callerOf(source()))).toEqual([hosts[0], hosts[1]]);
  });

  it.each([
    ['no-such-name', 'ENOTFOUND'],
    ['no-address', 'ENODATA'],
  ] as const)(
    '%s is believed: the calls find no server, and come back when the name does',
    async (type, code) => {
      const call = callerOf(source());
      expect(await answers(call)).toHaveLength(2);
      names.addFault({ name: 'gone', host: '*', type });
      await inventory!.refresh();
      expect(await call()).toMatchObject({
        code: 'SERVER_NOT_FOUND',
        because: 'none-known',
        cause: { code },
      });
      names.removeFault('gone');
      await inventory!.refresh();
      expect(await answers(call)).toHaveLength(2);
    },
  );

  it.each([
    ['silence', 'ETIMEOUT'],
    ['server-failure', 'ESERVFAIL'],
    ['refused', 'EREFUSED'],
  ] as const)('%s: the addresses known before are kept, while they are good for it', async (type, code) => {
    const call = callerOf(source(), { keepFor: '1s' });
    expect(await answers(call)).toHaveLength(2);
    names.addFault({ name: 'dead', host: '*', type });
    await inventory!.refresh();
    expect(await answers(call)).toEqual([hosts[0], hosts[1]]);
    await wait(1_100);
    await inventory!.refresh();
    expect(await call()).toMatchObject({
      code: 'SERVER_NOT_FOUND',
      because: 'source-failed',
      cause: { code },
    });
    names.removeFault('dead');
    await inventory!.refresh();
    expect(await answers(call)).toHaveLength(2);
  });

  it('a name server that is dead from the start is the cause of what the first call gets', async () => {
    await names.close();
    const call = callerOf(source());
    expect(await call()).toMatchObject({
      code: 'SERVER_NOT_FOUND',
      because: 'source-failed',
      message: expect.stringContaining('DNS addresses of inventory.test'),
    });
    names = await dnsResponder();
  });

  it('wrong answers fail the calls no longer than they are given', async () => {
    const call = callerOf(source());
    expect(await answers(call)).toHaveLength(2);
    names.addFault({ name: 'wrong', host: '*', type: 'wrong-address', addresses: ['127.0.0.99'] });
    await inventory!.refresh();
    expect(await call()).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    names.removeFault('wrong');
    // The records hold for 0 s, so that the name server is asked every second.
    for (let i = 0; i < 500 && typeof (await call()) !== 'string'; i++) await wait(20);
    expect(await answers(call)).toEqual([hosts[0], hosts[1]]);
  });

  it('an address that is wrong beside a right one costs no call', async () => {
    names.addFault({ name: 'half', host: '*', type: 'wrong-address', addresses: ['127.0.0.99', hosts[1]] });
    expect(await answers(callerOf(source()))).toEqual([hosts[1]]);
    expect(inventory!.set.endpoints.map(({ url }) => url)).toContain(`http://127.0.0.99:${port}`);
  });
});

describe('services of a name', () => {
  const source = () => dnsServices(services, { resolver, family: 4 });

  it('go by weight and priority; the spare takes over when the others are gone, and gives back', async () => {
    const call = callerOf(source(), { ejection: { consecutiveFailures: 1, baseTime: '300ms', maxShare: 1 } });
    const counts = new Map<unknown, number>();
    for (let i = 0; i < 200; i++) {
      const host = await call();
      counts.set(host, (counts.get(host) ?? 0) + 1);
    }
    expect(new Set(counts.keys())).toEqual(new Set([hosts[0], hosts[1]]));
    // 50 to 150 are expected; so far off by chance is one in a million.
    expect(counts.get(hosts[1])).toBeGreaterThan(110);

    await stop(hosts[0]);
    await stop(hosts[1]);
    expect(await answers(call)).toEqual([hosts[2]]);
    await start(hosts[0]);
    await start(hosts[1]);
    const seen = new Set<unknown>();
    for (let i = 0; i < 500 && !(seen.has(hosts[0]) && seen.has(hosts[1])); i++) {
      seen.add(await call());
      await wait(10);
    }
    expect(await answers(call)).toEqual([hosts[0], hosts[1]]);
  });

  it('a host without an address is left out; without the services there is no server', async () => {
    names.addFault({ name: 'one', host: 'one.*', type: 'server-failure' });
    const call = callerOf(source());
    expect(await answers(call)).toEqual([hosts[1]]);
    names.addFault({ name: 'all', host: services, type: 'no-such-name' });
    await inventory!.refresh();
    expect(await call()).toMatchObject({ because: 'none-known', cause: { code: 'ENOTFOUND' } });
  });
});
