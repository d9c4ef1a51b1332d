import { Resolver } from 'node:dns/promises';
import { createSocket } from 'node:dgram';
import { type DnsResponder, dnsResponder } from '@seaworthy/break/proxy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portOf } from './sockets.ts';

describe('a name server whose answers go wrong', () => {
  let names: DnsResponder;
  let resolver: Resolver;

  beforeEach(async () => {
    names = await dnsResponder({
      records: {
        'Inventory.test': ['127.0.0.1', '10.1.2.3', '2001:db8::17', '::ffff:10.0.0.1'],
        'other.test': ['127.0.0.2'],
      },
      seed: 3,
    });
    resolver = new Resolver({ timeout: 300, tries: 1 });
    resolver.setServers([names.listen]);
  });
  afterEach(() => names.close());

  it('answers the names it knows, whatever their letter case, and no others', async () => {
    expect(await resolver.resolve4('inventory.TEST')).toEqual(['127.0.0.1', '10.1.2.3']);
    expect((await resolver.resolve6('inventory.test')).sort()).toEqual(['2001:db8::17', '::ffff:10.0.0.1']);
    await expect(resolver.resolve6('other.test')).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(resolver.resolve4('nobody.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(names.queries()[0]).toEqual({ host: 'inventory.test', type: 1, fault: undefined });
  });

  it.each([
    [{ type: 'no-such-name' }, 'ENOTFOUND'],
    [{ type: 'server-failure' }, 'ESERVFAIL'],
    [{ type: 'refused' }, 'EREFUSED'],
    [{ type: 'no-address' }, 'ENODATA'],
    [{ type: 'silence' }, 'ETIMEOUT'],
    [{ type: 'delay', delayMs: 5000 }, 'ETIMEOUT'],
  ] as const)('fails with %o, for the names that are hit', async (effect, code) => {
    names.addFault({ name: 'f', host: 'inv*.test', ...effect });
    await expect(resolver.resolve4('inventory.test')).rejects.toMatchObject({ code });
    expect(await resolver.resolve4('other.test')).toEqual(['127.0.0.2']);
    expect(names.queries()[0]?.fault).toBe('f');
    names.removeFault('f');
    expect(await resolver.resolve4('inventory.test')).toEqual(['127.0.0.1', '10.1.2.3']);
  });

  it('tells where services are, and refuses such as cannot be', async () => {
    const service = { target: 'inventory.test', port: 8080, priority: 1, weight: 5 };
    await using other = await dnsResponder({
      services: { '_http._tcp.Inventory.test': [service, { target: 'spare.test', port: 80 }] },
    });
    resolver.setServers([other.listen]);
    expect(await resolver.resolveSrv('_http._tcp.inventory.test')).toMatchObject([
      { name: 'inventory.test', port: 8080, priority: 1, weight: 5 },
      { name: 'spare.test', port: 80, priority: 0, weight: 0 },
    ]);
    await expect(resolver.resolve4('_http._tcp.inventory.test')).rejects.toMatchObject({ code: 'ENODATA' });
    const wrong = dnsResponder({ services: { 'a.test': [{ target: 'b.test', port: 70_000 }] } });
    await expect(wrong).rejects.toMatchObject({ code: 'DNS_FAULT_INVALID' });
  });

  it('gives wrong addresses', async () => {
    names.addFault({ name: 'f', host: '*', type: 'wrong-address', addresses: ['192.0.2.1'] });
    expect(await resolver.resolve4('inventory.test')).toEqual(['192.0.2.1']);
  });

  it('hits the wanted fraction of queries', async () => {
    names.addFault({ name: 'f', host: '*', type: 'no-such-name', toxicity: 0.5 });
    const asked = await Promise.allSettled(
      Array.from({ length: 100 }, () => resolver.resolve4('inventory.test')),
    );
    const failed = asked.filter(({ status }) => status === 'rejected').length;
    expect(failed).toBeGreaterThan(25);
    expect(failed).toBeLessThan(75);
  });

  it('asks another name server for what it does not know', async () => {
    await using front = await dnsResponder({ records: { 'own.test': ['127.0.0.9'] }, forward: names.listen });
    resolver.setServers([front.listen]);
    expect(await resolver.resolve4('own.test')).toEqual(['127.0.0.9']);
    expect(await resolver.resolve4('other.test')).toEqual(['127.0.0.2']);
  });

  it('bears any datagram', async () => {
    const socket = createSocket('udp4');
    for (let size = 0; size < 600; size += 7) {
      const bytes = Buffer.from(Array.from({ length: size }, (_, i) => (i * 37 + size) & 0xff));
      await new Promise<void>((resolve) =>
        socket.send(bytes, portOf(names.listen), '127.0.0.1', () => resolve()),
      );
    }
    socket.close();
    expect(await resolver.resolve4('other.test')).toEqual(['127.0.0.2']);
  });

  it('refuses faults that cannot be meant', () => {
    const add = (fault: object) => () => names.addFault({ name: 'f', host: '*', ...fault } as never);
    expect(add({ type: 'sulks' })).toThrow('Expected `type` to be one of no-such-name,');
    expect(add({ type: 'wrong-address', addresses: ['localhost'] })).toThrow(
      'Expected `addresses` to be IP addresses',
    );
    expect(add({ type: 'silence', toxicity: 2 })).toThrow(
      'Expected `toxicity` to be a fraction from 0 to 1, got 2.',
    );
  });
});
