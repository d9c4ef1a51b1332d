import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { type Proxy, proxy } from '@seaworthy/break/proxy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { client, pause, portOf, serveEcho, type TestServer, until } from './sockets.ts';

describe('toxics on whole connections', () => {
  let echo: TestServer;
  let link: Proxy;

  beforeEach(async () => {
    echo = await serveEcho();
    link = await proxy({ upstream: echo.address, seed: 4 });
  });
  afterEach(async () => {
    await link.close();
    await echo.close();
  });

  it('refuse new connections, leave live ones alone, and open the same port again', async () => {
    const { listen } = link;
    const live = client(listen);
    live.socket.write('a');
    await live.saw('a');
    await link.addToxic({ type: 'refuse' });
    expect(await client(listen).ended).toBe('ECONNREFUSED');
    live.socket.write('b');
    await live.saw('ab');
    expect(link.enabled).toBe(true);
    await link.removeToxic('refuse_downstream');
    const after = client(listen);
    after.socket.write('c');
    await after.saw('c');
    expect(link.listen).toBe(listen);
  });

  it('refuse a fraction, the same ones for the same seed', async () => {
    await link.close();
    const run = async () => {
      await using again = await proxy({ upstream: echo.address, name: 'x', seed: 9 });
      await again.addToxic({ type: 'refuse', toxicity: 0.5 });
      const results: string[] = [];
      for (let i = 0; i < 16; i += 1) {
        const one = client(again.listen);
        one.socket.write('a');
        results.push(
          await Promise.race([
            one.saw('a').then(
              () => 'served',
              () => 'refused',
            ),
            one.ended,
          ]),
        );
        one.socket.destroy();
      }
      return results.map((result) => (result === 'served' ? 'served' : 'refused'));
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set(['served', 'refused']));
    expect(await run()).toEqual(first);
  });

  it('leave the client with a connection whose server is gone, and reset it when the server is back', async () => {
    const live = client(link.listen);
    live.socket.write('a');
    await live.saw('a');
    await link.addToxic({ type: 'half_open' });
    await until(() => echo.sockets.size === 0, 'the server side is closed');
    const fresh = client(link.listen);
    await fresh.opened;
    live.socket.write('b');
    fresh.socket.write('c');
    await pause(100);
    expect([live.text(), fresh.text()]).toEqual(['a', '']);
    expect(link.connections().map(({ toxics }) => toxics)).toEqual([
      ['half_open_downstream'],
      ['half_open_downstream'],
    ]);
    await link.removeToxic('half_open_downstream');
    expect([await live.ended, await fresh.ended]).toEqual(['ECONNRESET', 'ECONNRESET']);
  });

  it('leave the server with a connection whose client is gone', async () => {
    const live = client(link.listen);
    live.socket.write('a');
    await live.saw('a');
    await link.addToxic({ type: 'half_open', stream: 'upstream' });
    expect(await live.ended).toBe('EOF');
    await pause(50);
    expect(echo.sockets.size).toBe(1);
    await link.removeToxic('half_open_upstream');
    await until(() => echo.sockets.size === 0, 'the server is told');
  });
});

describe('TLS', () => {
  it('passes whole, and shows the name that the client asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'seaworthy-tls-'));
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=shop.test', '-days', '1'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject], {
      stdio: 'ignore',
    });
    let asked: string | false | null | undefined;
    const server = createTlsServer(
      {
        key: readFileSync(join(folder, 'key.pem')),
        cert: readFileSync(join(folder, 'cert.pem')),
      },
      (socket) => {
        asked = socket.servername;
        socket.pipe(socket);
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    await using link = await proxy({
      upstream: `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`,
    });
    // Slices cut the greeting, both on the way in and on the way out.
    await link.addToxic({ type: 'slicer', stream: 'upstream', attributes: { average_size: 50, delay: 10 } });
    const socket = connectTls({
      port: portOf(link.listen),
      servername: 'shop.test',
      rejectUnauthorized: false,
    });
    socket.write('hello');
    const [echoed] = await new Promise<Buffer[]>((resolve) =>
      socket.once('data', (chunk: Buffer) => resolve([chunk])),
    );
    expect(echoed?.toString()).toBe('hello');
    expect(asked).toBe('shop.test');
    expect(link.connections()[0]?.serverName).toBe('shop.test');
    socket.destroy();
    await link.close();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it('is not looked for in what is no greeting', async () => {
    const echo = await serveEcho();
    await using link = await proxy({ upstream: echo.address });
    for (const text of [
      'GET / HTTP/1.1\r\n',
      '\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0000',
      '\u0016\u0003\u0001\u00ff\u00ff\u0001\u0000\u00ff',
    ]) {
      const one = client(link.listen);
      one.socket.write(Buffer.from(text, 'latin1'));
      await one.saw(text);
      expect(link.connections().at(-1)?.serverName).toBeUndefined();
      one.socket.destroy();
    }
    await echo.close();
  });
});
