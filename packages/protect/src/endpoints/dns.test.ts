import { expect, test } from 'vitest';
import { dnsAddresses, type DnsResolver, dnsServices } from './dns.ts';

type Answers = Readonly<Record<string, readonly object[] | string>>;

/** Answers questions such as `A host`; a text is the code of an error, and what is not listed does not exist. */
function resolverOf(answers: Answers): DnsResolver {
  const answer = async (question: string): Promise<never> => {
    const found = answers[question] ?? 'ENOTFOUND';
    if (typeof found === 'string') throw Object.assign(new Error(question), { code: found });
    return found as never;
  };
  return {
    resolve4: (host) => answer(`A ${host}`),
    resolve6: (host) => answer(`AAAA ${host}`),
    resolveSrv: (name) => answer(`SRV ${name}`),
  };
}

const { signal } = new AbortController();
const a = (address: string, ttl = 60) => ({ address, ttl });
const addresses = (answers: Answers, options: object = {}) =>
  dnsAddresses('inventory', { port: 81, resolver: resolverOf(answers), ...options }).list(signal);
const services = (answers: Answers, options: object = {}) =>
  dnsServices('_http._tcp.inventory', { resolver: resolverOf(answers), ...options }).list(signal);

test('both families of a host are its servers, for the shortest time to live', async () => {
  const answers = {
    'A inventory': [a('10.0.0.1', 60), a('10.0.0.2', 7)],
    'AAAA inventory': [a('2001:db8::1', 30)],
  };
  expect(await addresses(answers)).toEqual({
    endpoints: [
      { url: 'http://10.0.0.1:81', host: 'inventory' },
      { url: 'http://10.0.0.2:81', host: 'inventory' },
      { url: 'http://[2001:db8::1]:81', host: 'inventory' },
    ],
    freshForMs: 7_000,
    because: undefined,
  });
  expect(await addresses(answers, { family: 6, protocol: 'grpc' })).toMatchObject({
    endpoints: [{ url: 'grpc://[2001:db8::1]:81' }],
  });
});

test('one family is enough; none is an answer, and a failure is none', async () => {
  const one = { 'A inventory': [a('10.0.0.1')], 'AAAA inventory': 'ESERVFAIL' };
  expect(await addresses(one)).toMatchObject({ endpoints: [{ url: 'http://10.0.0.1:81' }] });
  expect(await addresses({})).toMatchObject({ endpoints: [], because: { code: 'ENOTFOUND' } });
  expect(await addresses({ 'A inventory': 'ENODATA' })).toMatchObject({ endpoints: [] });
  await expect(addresses({ 'A inventory': 'ETIMEOUT' })).rejects.toMatchObject({ code: 'ETIMEOUT' });
});

test('services have ports, priorities and weights; the weight of a host is that of all its addresses', async () => {
  const answers = {
    'SRV _http._tcp.inventory': [
      { name: 'one', port: 1, priority: 0, weight: 30 },
      { name: 'two', port: 2, priority: 0, weight: 10 },
      { name: 'rare', port: 3, priority: 0, weight: 0 },
      { name: 'spare', port: 4, priority: 7, weight: 0 },
    ],
    'A one': [a('10.0.0.1'), a('10.0.0.2', 5)],
    'A two': [a('10.0.0.3')],
    'A rare': [a('10.0.0.4')],
    'A spare': 'ESERVFAIL',
  };
  expect(await services(answers)).toMatchObject({
    endpoints: [
      { url: 'http://10.0.0.1:1', host: 'one', priority: 0, weight: 1_500 },
      { url: 'http://10.0.0.2:1', host: 'one', priority: 0, weight: 1_500 },
      { url: 'http://10.0.0.3:2', host: 'two', priority: 0, weight: 1_000 },
      { url: 'http://10.0.0.4:3', host: 'rare', priority: 0, weight: 1 },
    ],
    freshForMs: 5_000,
  });
  const named = await services(answers, { targets: 'names', protocol: 'https' });
  expect(named.endpoints).toHaveLength(4);
  expect(named).toMatchObject({
    endpoints: { 3: { url: 'https://spare:4', priority: 7 } },
    freshForMs: undefined,
  });
});

test('a service that is not to be had has no server; hosts that cannot be asked for are a failure', async () => {
  const dot = { 'SRV _http._tcp.inventory': [{ name: '', port: 0, priority: 0, weight: 0 }] };
  expect(await services(dot)).toMatchObject({ endpoints: [] });
  expect(await services({})).toMatchObject({ endpoints: [], because: { code: 'ENOTFOUND' } });
  const lost = {
    'SRV _http._tcp.inventory': [{ name: 'one', port: 1, priority: 0, weight: 0 }],
    'A one': 'EREFUSED',
  };
  await expect(services(lost)).rejects.toMatchObject({ code: 'EREFUSED' });
});

test('refuses what cannot be right', () => {
  expect(() => dnsAddresses('', { port: 1 })).toThrow('`name`');
  expect(() => dnsAddresses('a', { port: 0 })).toThrow('`port`');
  expect(() => dnsAddresses('a', { port: 1, family: 5 as 4 })).toThrow('`family`');
  expect(() => dnsServices('a', { protocol: '//' })).toThrow('`protocol`');
  expect(() => dnsServices('a', { targets: 'all' as 'names' })).toThrow('`targets`');
  expect(() => dnsServices('a', { port: 1 } as object)).toThrow('port');
});
