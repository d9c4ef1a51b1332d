/** `seaworthy proxy` as a user has it: a process, its options, and what it serves beside Toxiproxy's API. */
import { Resolver } from 'node:dns/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Command, run, start } from '../e2e/command.ts';
import { client, serveEcho, type TestServer, until } from './sockets.ts';

let folder: string;
let echo: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxy-command-'));
  echo = await serveEcho();
  const proxies = [
    { name: 'stock', listen: '127.0.0.1:0', upstream: echo.address, from: 'shop', to: 'stock' },
    { name: 'other', listen: '127.0.0.1:0', upstream: echo.address, from: 'shop', to: 'payment' },
  ];
  await writeFile(join(folder, 'proxies.json'), JSON.stringify(proxies));
});
afterAll(async () => {
  await echo.close();
  await rm(folder, { recursive: true });
});

describe('seaworthy proxy', () => {
  let command: Command;
  let url: string;

  beforeAll(async () => {
    const options = ['-host', '127.0.0.1', '-port=0', '-config', 'proxies.json', '-seed', '42'];
    command = start(folder, 'proxy', ...options, '--dns', '127.0.0.1:0');
    await until(() => command.out().includes('  stock: '), 'it is up', 60_000);
    url = /http:\/\/\S+:\d+/.exec(command.out())?.[0] ?? '';
  });
  afterAll(async () => {
    command.child.kill('SIGKILL');
    await command.ended;
  });

  const call = async (path: string, body?: object, method = body ? 'POST' : 'GET') => {
    const answer = await fetch(`${url}${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  };
  const listenOf = async (name: string) =>
    ((await call(`/proxies/${name}`)).body as { readonly listen: string }).listen;

  it('says what it serves', () => {
    expect(command.out()).toMatch(
      /^The HTTP API listens on http:\/\/127.0.0.1:\d+, seed 42. Ctrl-C ends it.$/m,
    );
    expect(command.out()).toMatch(/^ {2}stock: 127.0.0.1:\d+ -> 127.0.0.1:\d+$/m);
  });

  it('parts groups of services: what one side sends waits, everything else goes on', async () => {
    const cut = client(await listenOf('stock'));
    const other = client(await listenOf('other'));
    cut.socket.write('one');
    await cut.saw('one');
    const partition = { name: 'split', between: ['shop'], and: ['stock'], mode: 'one-way' };
    expect(await call('/partitions', partition)).toMatchObject({
      status: 201,
      body: { cut: ['shop -> stock'], down: true },
    });
    cut.socket.write('two');
    other.socket.write('hello');
    await other.saw('hello');
    expect(cut.text()).toBe('one');
    expect(await call('/proxies/stock/connections')).toMatchObject({
      body: [{ toxics: ['split upstream'] }],
    });

    expect(await call('/partitions', partition)).toMatchObject({ status: 409 });
    expect(await call('/partitions/split', undefined, 'DELETE')).toMatchObject({ status: 204 });
    await cut.saw('two');
    expect((await call('/partitions')).body).toEqual([]);
    cut.socket.destroy();
    other.socket.destroy();
  });

  it('heals partitions when all is reset', async () => {
    await call('/partitions', {
      name: 'split',
      between: ['shop'],
      and: ['stock', 'payment'],
      mode: 'flapping',
    });
    expect(await call('/reset', undefined, 'POST')).toMatchObject({ status: 204 });
    expect((await call('/partitions')).body).toEqual([]);
    expect(await call('/proxies/stock/toxics')).toMatchObject({ body: [] });
  });

  it.each([
    ['/partitions', { between: ['shop'], and: ['stock'] }, 400, 'missing required field: name'],
    ['/partitions', { name: 'p', between: [], and: ['stock'] }, 400, 'between must be a list'],
    ['/partitions', { name: 'p', between: ['shop'], and: ['nobody'] }, 400, 'No link joins shop and nobody'],
    ['/partitions', { name: 'p', between: ['shop'], and: ['stock'], mode: 'odd' }, 400, 'Expected `mode`'],
    ['/partitions', [], 400, 'expected a JSON object'],
    ['/dns/records', { host: 'a.test', addresses: ['nowhere'] }, 400, 'to be IP addresses'],
    ['/dns/records', { addresses: [] }, 400, 'missing required field: host'],
    ['/dns/faults', { name: 'f', host: 'a.test', type: 'odd' }, 400, 'Expected `type`'],
    ['/dns/faults', { host: 'a.test', type: 'silence' }, 400, 'missing required field: name'],
  ])('refuses what cannot be meant: %s %j', async (path, body, status, error) => {
    expect(await call(path, body)).toEqual({
      status,
      body: { error: expect.stringContaining(error) as string, status },
    });
  });

  it('answers for names, rightly and wrongly', async () => {
    const { listen } = (await call('/dns')).body as { readonly listen: string };
    const resolver = new Resolver();
    resolver.setServers([listen]);
    await call('/dns/records', { host: 'stock.test', addresses: ['127.0.0.9'] });
    expect(await resolver.resolve4('stock.test')).toEqual(['127.0.0.9']);
    const fault = { name: 'lie', host: '*.test', type: 'wrong-address', addresses: ['10.9.8.7'] };
    expect(await call('/dns/faults', fault)).toMatchObject({ status: 200 });
    expect(await resolver.resolve4('stock.test')).toEqual(['10.9.8.7']);
    await call('/dns/faults', { name: 'lie', host: '*.test', type: 'no-such-name' });
    await expect(resolver.resolve4('stock.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await call('/dns/faults/lie', undefined, 'DELETE');
    expect(await resolver.resolve4('stock.test')).toEqual(['127.0.0.9']);
    await call('/dns/records/stock.test', undefined, 'DELETE');
    await expect(resolver.resolve4('stock.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('ends with Ctrl-C and lets go of everything', async () => {
    const open = client(await listenOf('stock'));
    await open.opened;
    command.child.kill('SIGINT');
    expect(await command.ended).toMatchObject({ exitCode: 0, err: '' });
    expect(await open.ended).toBe('EOF');
  });
});

it.each([
  [['-config', 'nothing.json'], 'The config nothing.json cannot be used: there is no such file.'],
  [['-port', '99999'], 'Expected a port from 0 to 65535.'],
  [['--dns', 'here', '-port', '0'], 'Expected `dns` to be host:port'],
])('seaworthy proxy %j says what is wrong, with exit code 2', async (options, message) => {
  const { exitCode, err } = await run(folder, 'proxy', ...options);
  expect(err).toContain(message);
  expect(exitCode).toBe(2);
});
