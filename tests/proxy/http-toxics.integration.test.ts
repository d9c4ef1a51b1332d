import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import { type Proxy, proxy } from '@seaworthy/break/proxy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portOf, until } from './sockets.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

describe('HTTP toxics', () => {
  let server: Server;
  let link: Proxy;
  let agent: Agent;
  let seen: string[];

  beforeEach(async () => {
    seen = [];
    server = createServer((incoming, response) => {
      let body = '';
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
      incoming.on('end', () => {
        seen.push(`${incoming.method} ${incoming.url} ${body}`.trim());
        response.end(`you sent ${incoming.method} ${incoming.url} ${body}`.trim());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    link = await proxy({
      upstream: `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`,
      seed: 5,
    });
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  });
  afterEach(async () => {
    agent.destroy();
    await link.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function ask(
    method: string,
    path: string,
    body = '',
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        { port: portOf(link.listen), host: '127.0.0.1', method, path, agent, headers, timeout: 700 },
        (reply: IncomingMessage) => {
          let text = '';
          reply.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
          reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: text }));
          reply.on('error', reject);
        },
      );
      sent.on('timeout', () => sent.destroy(new Error('no answer')));
      sent.on('error', reject);
      sent.end(body);
    });
  }

  it('let the reply to a repeated request pass whole to the toxic that repeats, wherever they stand', async () => {
    await link.addToxic({ type: 'http_delay', attributes: { delay: 1, path: '/other' } });
    await link.addToxic({ type: 'http_duplicate' });
    await link.addToxic({ type: 'http_corrupt', attributes: { path: '/other' } });
    for (let i = 0; i < 30; i++) {
      expect(await ask('POST', '/orders', `order ${i}`)).toEqual({
        status: 200,
        body: `you sent POST /orders order ${i}`,
      });
    }
    await until(() => seen.length === 60, 'each request arrived twice');
  });

  it('answer chosen requests with a status, on a live keep-alive connection, and leave the others alone', async () => {
    await ask('GET', '/warm');
    await link.addToxic({
      type: 'http_status',
      attributes: { status: 429, body: 'slow down', method: 'POST', path: '/orders/*' },
    });
    expect(await ask('POST', '/orders/1?x=1', 'body')).toEqual({ status: 429, body: 'slow down' });
    expect((await ask('GET', '/orders/1')).status).toBe(200);
    expect((await ask('POST', '/other', 'body')).body).toBe('you sent POST /other body');
    await link.removeToxic('http_status_downstream');
    expect((await ask('POST', '/orders/1', 'x')).status).toBe(200);
    expect(seen).toEqual(['GET /warm', 'GET /orders/1', 'POST /other body', 'POST /orders/1 x']);
    expect(link.counters().connections).toBe(1);
  });

  it('match a header', async () => {
    await link.addToxic({ type: 'http_status', attributes: { header: 'x-tenant: ac*' } });
    expect((await ask('GET', '/', '', { 'X-Tenant': 'acme' })).status).toBe(503);
    expect((await ask('GET', '/', '', { 'X-Tenant': 'other' })).status).toBe(200);
    expect((await ask('GET', '/')).status).toBe(200);
  });

  it('fail the first N requests, over all connections, and then recover', async () => {
    await link.addToxic({ type: 'http_status', attributes: { first: 3 } });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      statuses.push((await ask('GET', '/')).status);
      if (i === 1) agent.destroy();
    }
    expect(statuses).toEqual([503, 503, 503, 200, 200]);
  });

  it('hit the same requests again for the same seed', async () => {
    const run = async () => {
      await using again = await proxy({ upstream: link.upstream, name: 'x', seed: 11 });
      await again.addToxic({ type: 'http_status', toxicity: 0.5 });
      const own = new Agent({ keepAlive: true, maxSockets: 1 });
      const statuses: number[] = [];
      for (let i = 0; i < 20; i += 1) {
        statuses.push(
          await new Promise<number>((resolve, reject) => {
            const sent = request({ port: portOf(again.listen), host: '127.0.0.1', agent: own }, (reply) => {
              reply.resume().on('end', () => resolve(reply.statusCode ?? 0));
            });
            sent.on('error', reject).end();
          }),
        );
      }
      own.destroy();
      return statuses;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([200, 503]));
    expect(await run()).toEqual(first);
  });

  it('delay replies, or requests', async () => {
    await link.addToxic({ type: 'http_delay', attributes: { delay: 200, path: '/slow' } });
    const before = performance.now();
    expect((await ask('GET', '/slow')).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(190);
    await link.removeToxic('http_delay_downstream');
    await link.addToxic({ type: 'http_delay', stream: 'upstream', attributes: { delay: 200 } });
    const answer = ask('POST', '/late', 'x');
    await until(
      () => link.counters().upstreamBytes > link.counters().upstreamDelivered,
      'the request is held',
    );
    expect(seen).toEqual(['GET /slow']);
    expect((await answer).body).toBe('you sent POST /late x');
  });

  it('cut replies short', async () => {
    await link.addToxic({ type: 'http_truncate', attributes: { bytes: 4 } });
    await expect(ask('GET', '/')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(seen).toEqual(['GET /']);
  });

  it('change bytes of replies, or of requests, and no more of them', async () => {
    const differing = (a: string, b: string) => Array.from(a).filter((char, i) => char !== b[i]).length;
    await link.addToxic({ type: 'http_corrupt', attributes: { bytes: 3 } });
    const { body } = await ask('POST', '/', 'hello');
    expect(body).toHaveLength('you sent POST / hello'.length);
    expect(differing(body, 'you sent POST / hello')).toBe(3);
    await link.removeToxic('http_corrupt_downstream');
    await link.addToxic({ type: 'http_corrupt', stream: 'upstream' });
    await ask('POST', '/', 'hello');
    expect(differing(seen[1] ?? '', 'POST / hello')).toBe(1);
  });

  it('deliver requests twice, and let the client see one reply', async () => {
    await link.addToxic({ type: 'http_duplicate', attributes: { method: 'POST' } });
    expect((await ask('POST', '/pay', '10', { 'Transfer-Encoding': 'chunked' })).body).toBe(
      'you sent POST /pay 10',
    );
    expect((await ask('GET', '/')).body).toBe('you sent GET /');
    expect(seen).toEqual(['POST /pay 10', 'POST /pay 10', 'GET /']);
  });

  it('lose requests: no effect, no answer', async () => {
    await ask('GET', '/warm');
    await link.addToxic({ type: 'lost_request', attributes: { method: 'POST' } });
    await expect(ask('POST', '/pay', '10')).rejects.toThrow('no answer');
    expect((await ask('GET', '/')).status).toBe(200);
    expect(seen).toEqual(['GET /warm', 'GET /']);
  });

  it('lose replies: the effect happens, and the client hears nothing', async () => {
    await ask('GET', '/warm');
    await link.addToxic({ type: 'lost_reply', attributes: { method: 'POST', first: 1 } });
    await expect(ask('POST', '/pay', '10')).rejects.toThrow('no answer');
    expect(seen).toEqual(['GET /warm', 'POST /pay 10']);
    expect((await ask('POST', '/pay', '10')).status).toBe(200);
    await until(() => link.connections().length === 1, 'the connection that lost its reply is given up');
  });

  it('pass a 100 Continue, and what follows it', async () => {
    await link.addToxic({ type: 'http_delay', attributes: { delay: 20 } });
    const status = await new Promise<number>((resolve, reject) => {
      const sent = request(
        { port: portOf(link.listen), host: '127.0.0.1', method: 'POST', headers: { Expect: '100-continue' } },
        (reply) => reply.resume().on('end', () => resolve(reply.statusCode ?? 0)),
      );
      sent
        .on('error', reject)
        .on('continue', () => sent.end('now'))
        .flushHeaders();
    });
    expect(status).toBe(200);
    expect(seen).toEqual(['POST / now']);
  });
});
