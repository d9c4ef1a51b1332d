import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProxyError, type ProxyServer, startProxyServer } from '@seaworthy/break/proxy';
import { type ICreateProxyBody, type Latency, Toxiproxy } from 'toxiproxy-node-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { client, serveEcho, type TestServer } from './sockets.ts';

describe("Toxiproxy's client for Node, unchanged", () => {
  let server: ProxyServer;
  let echo: TestServer;
  let toxiproxy: Toxiproxy;

  beforeEach(async () => {
    server = await startProxyServer({ host: '127.0.0.1', port: 0, seed: 1 });
    echo = await serveEcho();
    toxiproxy = new Toxiproxy(server.url);
  });
  afterEach(async () => {
    await server.close();
    await echo.close();
  });

  const create = (body: Partial<ICreateProxyBody> = {}) =>
    toxiproxy.createProxy({ name: 'echo', listen: '127.0.0.1:0', upstream: echo.address, ...body });

  it('reads the version', async () => {
    expect(await toxiproxy.getVersion()).toContain('2.12.0');
  });

  it('makes, finds, changes and removes proxies', async () => {
    const made = await create();
    expect((await toxiproxy.get('echo')).listen).toBe(made.listen);
    expect(Object.keys((await toxiproxy.getAll()) as object)).toContain('echo');
    const off = await made.update({ enabled: false, listen: made.listen, upstream: made.upstream });
    expect(off.enabled).toBe(false);
    expect(await client(made.listen).ended).toBe('ECONNREFUSED');
    await toxiproxy.reset();
    expect((await toxiproxy.get('echo')).enabled).toBe(true);
    await made.remove();
    await expect(toxiproxy.get('echo')).rejects.toThrow('404');
  });

  it('populates', async () => {
    const body = [
      { name: 'a', listen: '127.0.0.1:0', upstream: echo.address },
      { name: 'b', listen: '127.0.0.1:0', upstream: echo.address },
    ];
    const made = await toxiproxy.populate(body);
    expect(Object.keys(made)).toEqual(['a', 'b']);
  });

  it('refuses a second proxy of one name', async () => {
    await create();
    await expect(create()).rejects.toThrow('409');
  });

  it('is told of a taken port by its address, whatever name stood for it', async () => {
    const made = await create();
    const port = made.listen.split(':')[1];
    const body = JSON.stringify({ name: 'second', listen: `localhost:${port}`, upstream: echo.address });
    const answer = await fetch(`${server.url}/proxies`, { method: 'POST', body });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({
      error: `listen tcp 127.0.0.1:${port}: bind: address already in use`,
      status: 500,
    });
  });

  it('makes, changes and removes toxics that bite', async () => {
    const made = await create();
    const one = client(made.listen);
    one.socket.write('a');
    await one.saw('a');
    const body = { type: 'latency', name: 'slow', stream: 'downstream', toxicity: 1 } as const;
    await made.addToxic<Latency>({ ...body, attributes: { latency: 200, jitter: 0 } });
    const before = performance.now();
    one.socket.write('b');
    await one.saw('b');
    expect(performance.now() - before).toBeGreaterThan(190);
    const found = await made.getToxic<Latency>('slow');
    const changed = await found.update({ ...body, attributes: { latency: 0, jitter: 0 }, toxicity: 0.5 });
    expect([changed.attributes.latency, changed.toxicity]).toEqual([0, 0.5]);
    await found.remove();
    await expect(made.getToxic('slow')).rejects.toThrow('404');
    one.socket.end();
  });
});

describe('the server around the API', () => {
  const file = join(tmpdir(), `seaworthy-proxy-config-${process.pid}.json`);

  it('makes the proxies of a config file, with their toxics', async () => {
    const echo = await serveEcho();
    const toxics = [
      { type: 'latency', attributes: { latency: 5 } },
      { type: 'drop', stream: 'upstream' },
    ];
    await writeFile(file, JSON.stringify([{ name: 'echo', upstream: echo.address, toxics }]));
    await using server = await startProxyServer({ host: '127.0.0.1', port: 0, config: file });
    const [made] = server.proxies();
    expect(made?.toxics.map(({ name }) => name)).toEqual(['drop_upstream', 'latency_downstream']);
    expect(made?.listen).toMatch(/^127\.0\.0\.1:\d+$/);
    await echo.close();
  });

  it.each([
    ['[', 'unexpected EOF'],
    ['[{"name":"a"}]', 'missing required field: upstream at proxy 1'],
    ['[{"name":"a","upstream":"x:1","toxics":[{"type":"nosuch"}]}]', 'invalid toxic type'],
    ['[{"name":"a","upstream":"x:1","listen":"127.0.0.1:99999"}]', 'invalid port'],
  ])('refuses the config %s', async (text, why) => {
    await writeFile(file, text);
    const started = startProxyServer({ host: '127.0.0.1', port: 0, config: file });
    await expect(started).rejects.toThrow(ProxyError);
    await expect(started).rejects.toThrow(why);
  });

  it('says which config file is missing', async () => {
    const started = startProxyServer({ host: '127.0.0.1', port: 0, config: '/nowhere.json' });
    await expect(started).rejects.toThrow('The config /nowhere.json cannot be used: there is no such file.');
  });

  it('says when its own port is taken', async () => {
    await using first = await startProxyServer({ host: '127.0.0.1', port: 0 });
    const port = Number(new URL(first.url).port);
    await expect(startProxyServer({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'PROXY_ADDRESS_IN_USE',
    });
  });

  it('counts the bytes of closed connections', async () => {
    const echo = await serveEcho();
    await using server = await startProxyServer({
      host: '127.0.0.1',
      port: 0,
      proxyMetrics: true,
      runtimeMetrics: true,
    });
    const made = await new Toxiproxy(server.url).createProxy({
      name: 'm',
      listen: '127.0.0.1:0',
      upstream: echo.address,
    });
    const one = client(made.listen);
    one.socket.end('12345');
    await one.ended;
    await echo.close();
    const labels = (direction: string) =>
      `{direction="${direction}",listener="${made.listen}",proxy="m",upstream="${made.upstream}"}`;
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toContain(`toxiproxy_proxy_received_bytes_total${labels('upstream')} 5\n`);
    expect(text).toContain(`toxiproxy_proxy_sent_bytes_total${labels('downstream')} 8\n`);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  });

  it('has no metrics unless they are asked for, and shows the live connections', async () => {
    const echo = await serveEcho();
    await using server = await startProxyServer({ host: '127.0.0.1', port: 0 });
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
    await new Toxiproxy(server.url).createProxy({
      name: 'm',
      listen: '127.0.0.1:0',
      upstream: echo.address,
    });
    const one = client(server.proxies()[0]?.listen ?? '');
    one.socket.write('hello');
    await one.saw('hello');
    const seen = await (await fetch(`${server.url}/proxies/m/connections`)).json();
    expect(seen).toMatchObject([{ id: 1, upstreamBytes: 5, downstreamBytes: 5, toxics: [] }]);
    await echo.close();
  });

  it('bears a body of megabytes, and refuses one beyond its limit', async () => {
    await using server = await startProxyServer({ host: '127.0.0.1', port: 0 });
    const post = (body: string) => fetch(`${server.url}/proxies`, { method: 'POST', body });
    const name = 'n'.repeat(2_000_000);
    expect((await post(JSON.stringify({ name, upstream: 'x:1', enabled: false }))).status).toBe(201);
    expect((await post(`{"name":"${'n'.repeat(17_000_000)}`)).status).toBe(413);
  });
});
