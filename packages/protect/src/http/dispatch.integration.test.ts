/** undici through a pipeline, against a real server. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, type Dispatcher, fetch as undiciFetch, interceptors, request, upgrade } from 'undici';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { circuitBreaker, constant, fallback, pipeline, retry, timeout } from '../index.ts';
import { pipelines } from '../pipelines.ts';
import { hedge } from '../policies/hedge/index.ts';
import { startServer, statuses } from './fixtures/server.ts';
import { protectDispatch, type ProtectDispatchOptions, type Through } from './index.ts';

const thrice = retry({ attempts: 3, backoff: constant(1) });
const agents: Agent[] = [];

function protect(through: Through<never>, options?: ProtectDispatchOptions): Dispatcher {
  const agent = new Agent();
  agents.push(agent);
  return agent.compose(protectDispatch(through, options));
}

afterEach(() => Promise.all(agents.splice(0).map((agent) => agent.destroy())));

describe('an answer', () => {
  it('of a failing status is dispatched again, on the same connection, and the good one is given', async () => {
    await using server = await startServer(statuses(503, 429, 200));
    let connections = 0;
    server.server.on('connection', () => connections++);
    const dispatcher = protect(pipeline('api', [thrice]));
    const { statusCode, body } = await request(server.url, { dispatcher });
    expect([statusCode, await body.text(), connections]).toEqual([200, 'answer 3', 1]);
  });

  it('is given itself when no attempt was better, and as an error to who asked for errors', async () => {
    await using server = await startServer(statuses(503));
    const line = pipeline('api', [thrice]);
    const { statusCode, body } = await request(server.url, { dispatcher: protect(line) });
    expect([statusCode, await body.text()]).toEqual([503, 'answer 3']);
    const dispatcher = protect(line, { failures: 'throw' });
    await expect(request(server.url, { dispatcher })).rejects.toMatchObject({
      code: 'HTTP_STATUS',
      status: 503,
    });
  });

  it('opens the breaker of its own host alone', async () => {
    await using ill = await startServer(statuses(503));
    await using well = await startServer(statuses(200));
    const hosts = pipelines((host) => pipeline(host, [circuitBreaker({ consecutiveFailures: 1 })]));
    const dispatcher = protect(hosts);
    await request(ill.url, { dispatcher });
    await expect(request(ill.url, { dispatcher })).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
    expect((await request(well.url, { dispatcher })).statusCode).toBe(200);
    expect(hosts.keys).toEqual([ill.host, well.host]);
    await hosts.close();
  });

  it('comes whole, however long it is and however slowly it is read', async () => {
    const sent = Buffer.alloc(3_000_000, 'seaworthy ');
    await using server = await startServer((count, response) => {
      // The first is too long to be drained.
      response.writeHead(count === 1 ? 503 : 200).end(sent);
    });
    const { body } = await request(server.url, { dispatcher: protect(pipeline('api', [thrice])) });
    const chunks: Buffer[] = [];
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      if (chunks.length % 10 === 0) await wait(1);
    }
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
  });

  it('is not cut off once the call has succeeded, and breaks off where the connection does', async () => {
    await using server = await startServer(async (count, response) => {
      response.write('slow ');
      await wait(1_500);
      if (count === 1) response.end('but whole');
      else (response.socket as Socket).destroy();
    });
    const dispatcher = protect(pipeline('api', [timeout('1s')]));
    expect(await (await request(server.url, { dispatcher })).body.text()).toBe('slow but whole');
    await expect((await request(server.url, { dispatcher })).body.text()).rejects.toThrow(
      'other side closed',
    );
  });

  it('comes from whichever hedged attempt is first to succeed', async () => {
    await using server = await startServer((count, response) => {
      if (count > 1) response.end('quick');
    });
    const dispatcher = protect(pipeline('api', [hedge({ after: '20ms', budget: 1 })]));
    expect(await (await request(server.url, { dispatcher })).body.text()).toBe('quick');
  });
});

describe('a request', () => {
  it('whose connection is reset is dispatched again', async () => {
    await using server = await startServer((count, response) => {
      if (count === 1) (response.socket as Socket).resetAndDestroy();
      else response.end('good');
    });
    const { body } = await request(server.url, { dispatcher: protect(pipeline('api', [thrice])) });
    expect(await body.text()).toBe('good');
  });

  it('that is never answered ends with its time, or when its caller gives up', async () => {
    const closed: Promise<unknown>[] = [];
    await using server = await startServer((_count, response) => {
      closed.push(once(response, 'close'));
    });
    const quick = protect(pipeline('api', [timeout('200ms')]));
    await expect(request(server.url, { dispatcher: quick })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const caller = new AbortController();
    server.server.once('request', () => caller.abort(new Error('enough')));
    const dispatcher = protect(pipeline('api', [thrice]));
    await expect(request(server.url, { dispatcher, signal: caller.signal })).rejects.toThrow('enough');
    await Promise.all(closed);
    expect(server.asked).toHaveLength(2);
  });

  it('ends when its caller gives up while it waits for the next attempt', async () => {
    await using server = await startServer(statuses(503));
    const caller = new AbortController();
    const dispatcher = protect(pipeline('api', [retry({ backoff: constant('1h') })]));
    server.server.once('request', (_request, response) => {
      response.once('close', () => caller.abort(new Error('enough')));
    });
    await expect(request(server.url, { dispatcher, signal: caller.signal })).rejects.toThrow('enough');
  });

  it('by POST is sent once without a key, and again with one, which is the same each time', async () => {
    await using server = await startServer(statuses(503));
    const post = { method: 'POST', body: '{}' } as const;
    await request(server.url, { ...post, dispatcher: protect(pipeline('api', [thrice])) });
    expect(server.asked).toHaveLength(1);
    const headers = ['Idempotency-Key', '"order-7"', 'X-Mine', 'a', 'x-mine', 'b'];
    await request(server.url, { ...post, headers, dispatcher: protect(pipeline('api', [thrice])) });
    await request(server.url, {
      ...post,
      dispatcher: protect(pipeline('api', [thrice]), { unkeyed: 'make-key' }),
    });
    const keys = server.asked.map((asked) => asked.headers['idempotency-key']);
    expect(keys.slice(1, 4)).toEqual(['"order-7"', '"order-7"', '"order-7"']);
    expect(keys[4]).toMatch(/^"[\da-f-]{36}"$/);
    expect(new Set(keys.slice(4)).size).toBe(1);
    expect(server.asked[1]?.headers['x-mine']).toBe('a, b');
  });

  it('tells the time that is left and the attempt, and keeps its own headers of any shape', async () => {
    await using server = await startServer(statuses(503, 200));
    const dispatcher = protect(pipeline('api', [timeout('10s'), thrice]));
    await request(server.url, { dispatcher, headers: new Map([['X-Mine', 'kept']]) });
    expect(server.asked.map(({ headers }) => [headers['x-mine'], headers['seaworthy-attempt']])).toEqual([
      ['kept', undefined],
      ['kept', '2'],
    ]);
    expect(Number(server.asked[1]?.headers['seaworthy-timeout-ms'])).toBeLessThanOrEqual(10_000);
  });

  it('with a stream as its body is refused, or sent once', async () => {
    await using server = await startServer(statuses(503));
    const put = { method: 'PUT' } as const;
    const line = pipeline('uploads', [thrice]);
    const refused = request(server.url, {
      ...put,
      body: Readable.from(['a', 'b']),
      dispatcher: protect(line),
    });
    await expect(refused).rejects.toMatchObject({ code: 'BODY_NOT_REPEATABLE' });
    const dispatcher = protect(line, { streamedBody: 'once' });
    await request(server.url, { ...put, body: Readable.from(['a', 'b']), dispatcher });
    expect(server.asked.map(({ body }) => body)).toEqual(['ab']);
  });

  it('by undici’s fetch goes the same way', async () => {
    await using server = await startServer(statuses(503, 200));
    const dispatcher = protect(pipeline('api', [thrice, timeout('60s')]));
    const response = await undiciFetch(server.url, { dispatcher });
    expect([response.status, await response.text()]).toEqual([200, 'answer 2']);
  });

  it('to upgrade passes by', async () => {
    await using server = await startServer(statuses(200));
    server.server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n');
    });
    const dispatcher = protect(pipeline('api', [fallback(undefined as never), thrice]));
    const { headers, socket } = await upgrade(server.url, { dispatcher, protocol: 'echo' });
    expect(headers['upgrade']).toBe('echo');
    socket.destroy();
  });

  it('that undici refuses fails with what undici says', async () => {
    const dispatcher = protect(pipeline('api', [timeout('60s')]));
    const wrong = request('http://127.0.0.1:1/', { dispatcher, headers: { 'no header': '' } });
    await expect(wrong).rejects.toMatchObject({ code: 'UND_ERR_INVALID_ARG' });
  });
});

describe('the interceptor', () => {
  it('fits between those of undici', async () => {
    let there = 0;
    await using server = await startServer((_count, response, { path }) => {
      if (path === '/') response.writeHead(302, { location: '/there' }).end();
      else response.writeHead(there++ % 2 === 0 ? 503 : 200).end();
    });
    const agent = new Agent();
    agents.push(agent);
    const redirects = interceptors.redirect({ maxRedirections: 1 });
    const outermost = agent.compose(redirects, protectDispatch(pipeline('api', [thrice])));
    const innermost = agent.compose(protectDispatch(pipeline('api', [thrice])), redirects);
    for (const dispatcher of [outermost, innermost]) {
      const { statusCode, context } = await request(server.url, { dispatcher });
      const { history } = context as { history: URL[] };
      expect([statusCode, history.map(({ pathname }) => pathname)]).toEqual([200, ['/', '/there']]);
    }
    const paths = server.asked.map(({ path }) => path);
    expect(paths).toEqual(['/', '/there', '/', '/there', '/', '/there', '/there']);
  });

  it('has the type that compose takes, and takes no pipeline that answers by itself', () => {
    const interceptor = protectDispatch(pipeline('api', [thrice]));
    expectTypeOf(interceptor).toExtend<Dispatcher.DispatcherComposeInterceptor>();
    // @ts-expect-error -- what a fallback answers is no answer of HTTP
    protectDispatch(pipeline('api', [fallback('none')]));
  });
});
