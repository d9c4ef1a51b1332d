import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createNativeTimers, monotonicClock } from '@seaworthy/protect';
import { afterEach, describe, expect, test } from 'vitest';
import type { Probe } from '../experiment/model.ts';
import { VariableError } from '../variables.ts';
import { askProbe } from './ask-probe.ts';
import type { ProbeHost } from './probe.ts';

const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

function host(changes: Partial<ProbeHost> = {}): ProbeHost {
  return {
    variables: {},
    service: () => ({ pid: undefined }),
    clock: monotonicClock,
    timers: createNativeTimers(),
    ...changes,
  };
}

async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe('a page', () => {
  function page(changes: Partial<Extract<Probe, { kind: 'http' }>> = {}): Probe {
    return {
      kind: 'http',
      name: 'the shop answers',
      method: 'GET',
      url: '${shop}/',
      status: 200,
      contains: undefined,
      timeoutMs: 400,
      p99MsMax: undefined,
      ...changes,
    };
  }
  const ask = (url: string, changes?: Parameters<typeof page>[0], requests?: number) =>
    askProbe(page(changes), host({ variables: { shop: url } }), requests === undefined ? {} : { requests });

  test('holds with the status and the text it should have', async () => {
    const { url } = await serve((_, response) => response.end('welcome to the shop'));
    const result = await ask(url, { contains: 'welcome' });
    expect(result).toMatchObject({
      held: true,
      seen: expect.stringMatching(/^status 200 in [\d.]+ ms$/) as string,
    });
    expect(await ask(url, { contains: 'goodbye' })).toMatchObject({
      held: false,
      seen: 'status 200, but no `goodbye` in the answer',
    });
  });

  test('does not hold with another status', async () => {
    const { url } = await serve((_, response) => response.writeHead(503).end());
    expect(await ask(url)).toMatchObject({ held: false, seen: 'status 503 where 200 was expected' });
    expect(await ask(url, { status: 503 })).toMatchObject({ held: true });
  });

  test('does not hold when nobody is there, when no answer comes, and when it is cut off', async () => {
    const { url: silent } = await serve(() => {});
    expect(await ask(silent)).toMatchObject({ held: false, seen: 'no answer within 400 ms' });
    const { url: cut } = await serve((request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half');
      setImmediate(() => request.socket.destroy());
    });
    expect(await ask(cut)).toMatchObject({ held: false, seen: 'the answer was cut off' });
    const { url: gone, server } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    expect(await ask(gone)).toMatchObject({ held: false, seen: 'ECONNREFUSED' });
  });

  test('an answer that ends with its connection is whole', async () => {
    const { url, server } = await serve(() => {});
    server.removeAllListeners('request');
    server.on('connection', (socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello'));
    });
    expect(await ask(url, { contains: 'hello' })).toMatchObject({ held: true });
  });

  test('with a limit on p99, makes a hundred requests of which one may be slow', async () => {
    let received = 0;
    const { url } = await serve((_, response) => {
      received++;
      setTimeout(() => response.end('ok'), received === 50 ? 300 : 0);
    });
    const result = await ask(url, { p99MsMax: 200 });
    expect(result).toMatchObject({ held: true });
    expect(result.seen).toMatch(/^p99 [\d.]+ ms over 100 requests, slowest 3\d\d ms$/);
    expect(received).toBe(100);
  });

  test('with a limit on p99, stops as soon as too many were slow', async () => {
    let received = 0;
    const { url } = await serve((_, response) => {
      received++;
      setTimeout(() => response.end('ok'), 100);
    });
    const result = await ask(url, { p99MsMax: 50 });
    expect(result.held).toBe(false);
    expect(result.seen).toMatch(/took longer than 50 ms$/);
    expect(received).toBeLessThan(20);
  });

  test('with a limit on p99, spreads its requests over the time that it is given', async () => {
    let received = 0;
    const { url } = await serve((_, response) => {
      received++;
      response.end('ok');
    });
    const probe = page({ p99MsMax: 300 });
    const asking = askProbe(probe, host({ variables: { shop: url } }), { requests: 10, overMs: 2_000 });
    await sleep(1_000);
    expect(received).toBeLessThan(10);
    const result = await asking;
    expect(result.seen).toMatch(/^slowest of 10 requests [\d.]+ ms$/);
    expect(result.durationMs).toBeGreaterThan(1_500);
    expect(received).toBe(10);
  });

  test('with a limit on p99, one wrong answer is enough', async () => {
    let received = 0;
    const { url } = await serve((_, response) => {
      received++;
      response.writeHead(received === 5 ? 500 : 200).end();
    });
    const result = await ask(url, { p99MsMax: 1_000 }, 20);
    expect(result.held).toBe(false);
    expect(result.seen).toMatch(/^status 500 where 200 was expected, at request \d of 20$/);
  });

  test('ends at once when the run is stopped, and leaves no connection', async () => {
    const { url, server } = await serve(() => {});
    const stop = new AbortController();
    const asking = askProbe(page({ timeoutMs: 60_000 }), host({ variables: { shop: url } }), {
      signal: stop.signal,
    });
    await once(server, 'connection');
    stop.abort();
    expect(await asking).toMatchObject({ held: false, seen: 'not finished: the run was stopped' });
    const count = () =>
      new Promise((resolve) => server.getConnections((_, connections) => resolve(connections)));
    await expect.poll(count, { timeout: 5_000 }).toBe(0);
  });

  test('a variable without value is an error of the file, not a finding', async () => {
    await expect(askProbe(page(), host())).rejects.toThrow(VariableError);
  });
});

describe('a process', () => {
  const probe: Probe = { kind: 'process', name: 'inventory runs', service: 'inventory', state: 'running' };

  test('runs, is stopped, runs again, is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const ended = once(child, 'exit');
    undo.push(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    const here = host({ service: () => ({ pid: child.pid }) });
    const seen = async () => (await askProbe(probe, here)).seen;
    expect(await askProbe(probe, here)).toMatchObject({ held: true, seen: `process ${child.pid} running` });
    child.kill('SIGSTOP');
    await expect.poll(seen).toBe(`process ${child.pid} stopped`);
    expect(await askProbe(probe, here)).toMatchObject({ held: false });
    child.kill('SIGCONT');
    await expect.poll(seen).toBe(`process ${child.pid} running`);
    child.kill('SIGKILL');
    await ended;
    await expect.poll(seen).toBe('no process');
  });

  test('that was never started does not hold', async () => {
    expect(await askProbe(probe, host())).toMatchObject({ held: false, seen: 'no process' });
  });
});

describe('a query', () => {
  async function database(): Promise<{ file: string; connection: DatabaseSync }> {
    const folder = await mkdtemp(join(tmpdir(), 'seaworthy-probe-'));
    const file = join(folder, 'shop.sqlite');
    const connection = new DatabaseSync(file);
    undo.push(() => rm(folder, { recursive: true }));
    undo.push(async () => connection.close());
    connection.exec('CREATE TABLE charges (order_id TEXT); INSERT INTO charges VALUES (1), (2), (2)');
    return { file, connection };
  }
  const ask = (file: string, query: string, operator: '=' | '<' | '<=' | '>=' | '>' = '=', value = 3) =>
    askProbe(
      { kind: 'sql', name: 'charges', database: '${data}', query, compare: { operator, value } },
      host({ variables: { data: file } }),
    );

  test('gives a number that is compared', async () => {
    const { file } = await database();
    const count = 'SELECT count(*) FROM charges';
    expect(await ask(file, count)).toMatchObject({ held: true, seen: '3' });
    expect(await ask(file, count, '>')).toMatchObject({ held: false, seen: '3' });
    expect((await ask(file, count, '>=')).held).toBe(true);
    expect((await ask(file, count, '<=')).held).toBe(true);
    expect((await ask(file, count, '<')).held).toBe(false);
  });

  test('can change nothing', async () => {
    const { file, connection } = await database();
    const result = await ask(file, 'DELETE FROM charges RETURNING 1');
    expect(result).toMatchObject({ held: false, seen: expect.stringContaining('readonly') as string });
    expect(connection.prepare('SELECT count(*) AS n FROM charges').get()).toEqual({ n: 3 });
  });

  test('is read while the service writes', async () => {
    const { file, connection } = await database();
    connection.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; INSERT INTO charges VALUES (3)');
    expect(await ask(file, 'SELECT count(*) FROM charges')).toMatchObject({ held: true, seen: '3' });
    connection.exec('COMMIT');
    expect(await ask(file, 'SELECT count(*) FROM charges')).toMatchObject({ held: false, seen: '4' });
  });

  test.each([
    ['that gives a text', "SELECT 'many'", 'the query must give one number, and gave `many`'],
    [
      'that gives nothing',
      'SELECT 1 WHERE 0',
      'the query must give one number, and gave 0 rows with 0 values',
    ],
    ['that is none', 'SELEC 1', 'the query failed: near "SELEC": syntax error'],
  ])('%s is a finding', async (_, query, seen) => {
    const { file } = await database();
    expect(await ask(file, query)).toMatchObject({ held: false, seen });
  });

  test('on a file that is not there makes none', async () => {
    expect(await ask('/nonexistent/shop.sqlite', 'SELECT 1')).toMatchObject({
      held: false,
      seen: 'there is no database /nonexistent/shop.sqlite',
    });
  });

  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';

  test('that never ends is ended with the run', async () => {
    const { file } = await database();
    const stop = new AbortController();
    const asking = askProbe(
      { kind: 'sql', name: 'endless', database: file, query: endless, compare: { operator: '=', value: 1 } },
      host(),
      { signal: stop.signal },
    );
    // Long enough that the query has begun, so that SQLite is in the midst of it.
    setTimeout(() => stop.abort(), 1_000);
    expect(await asking).toMatchObject({ held: false, seen: 'not finished: the run was stopped' });
  });

  test('that never ends also ends when nobody is left to end it', async () => {
    const { file } = await database();
    const child = fileURLToPath(new URL('./sql-child.ts', import.meta.url));
    const question = { database: file, query: endless, lockTimeoutMs: 100, lifeMsMax: 1_000 };
    const left = spawn(process.execPath, [child, JSON.stringify(question)], { stdio: 'ignore' });
    undo.push(async () => left.kill('SIGKILL'));
    const [, signal] = (await once(left, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
  });
});
