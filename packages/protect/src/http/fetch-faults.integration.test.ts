/** What `protectFetch` makes of connections that fail in each way they can, on real sockets. */
import { once } from 'node:events';
import { getEventListeners } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { constant, pipeline, retry, timeout } from '../index.ts';
import { startServer } from './fixtures/server.ts';
import { protectFetch } from './index.ts';

const twice = retry({ attempts: 2, backoff: constant(1) });

describe('a request', () => {
  it('to where nobody listens is tried again, and fails as fetch does', async () => {
    const free = createTcpServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    let attempts = 0;
    const counting: typeof fetch = (...call) => {
      attempts++;
      return fetch(...call);
    };
    const api = protectFetch(pipeline('api', [twice]), { fetch: counting });
    await expect(api(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      name: 'TypeError',
      cause: { code: 'ECONNREFUSED' },
    });
    expect(attempts).toBe(2);
  });

  it('whose connection is reset is tried again', async () => {
    await using server = await startServer((count, response) => {
      if (count === 1) (response.socket as Socket).resetAndDestroy();
      else response.end('good');
    });
    const response = await protectFetch(pipeline('api', [twice]))(server.url);
    expect(await response.text()).toBe('good');
  });

  it('that is never answered ends with its time, and its connection with it', async () => {
    let closed: Promise<unknown> | undefined;
    await using server = await startServer((_count, response) => {
      closed = once(response, 'close');
    });
    const api = protectFetch(pipeline('api', [timeout('200ms')]));
    await expect(api(server.url)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await closed;
    expect(server.asked).toHaveLength(1);
  });

  it('ends when its caller gives up, with the caller’s own reason', async () => {
    let closed: Promise<unknown> | undefined;
    const caller = new AbortController();
    await using server = await startServer((_count, response) => {
      closed = once(response, 'close');
      caller.abort('enough');
    });
    const api = protectFetch(pipeline('api', [twice, timeout('60s')]));
    await expect(api(server.url, { signal: caller.signal })).rejects.toBe('enough');
    await closed;
    expect(server.asked).toHaveLength(1);
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });

  it('that is a Request ends by its own signal', async () => {
    const caller = new AbortController();
    await using server = await startServer(() => caller.abort('enough'));
    const api = protectFetch(pipeline('api', [twice, timeout('60s')]));
    await expect(api(new Request(server.url, { signal: caller.signal }))).rejects.toBe('enough');
  });
});

describe('an answer that takes its time', () => {
  it('is not cut off once the call has succeeded, though the time-out has passed by then', async () => {
    await using server = await startServer(async (_count, response) => {
      response.write('slow ');
      await wait(1_500);
      response.end('but whole');
    });
    const response = await protectFetch(pipeline('api', [timeout('1s')]))(server.url);
    expect(await response.text()).toBe('slow but whole');
  });

  it('is cut off where the time-out is to cover the body too', async () => {
    await using server = await startServer((_count, response) => {
      response.write('never whole');
    });
    const api = protectFetch(pipeline('api', [timeout('250ms')]), { body: 'whole' });
    await expect(api(server.url)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('is cut off by its caller, also after the call has succeeded', async () => {
    const caller = new AbortController();
    await using server = await startServer((_count, response) => {
      response.write('never whole');
    });
    const api = protectFetch(pipeline('api', [timeout('60s')]));
    const response = await api(server.url, { signal: caller.signal });
    const reading = response.text();
    caller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });
});

describe('a signal that outlives its calls', () => {
  it('has one listener at most, however many bodies are read under it, and ends them all', async () => {
    const caller = new AbortController();
    await using server = await startServer((_count, response) => {
      response.write('never whole');
    });
    const api = protectFetch(pipeline('api', [timeout('60s')]));
    const calls = Array.from({ length: 20 }, () => api(server.url, { signal: caller.signal }));
    const reading = (await Promise.all(calls)).map((response) => response.text());
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(1);
    caller.abort(new Error('enough'));
    for (const { status } of await Promise.allSettled(reading)) expect(status).toBe('rejected');
  });
});

describe('an answer that breaks off', () => {
  const halfFirst = () =>
    startServer((count, response) => {
      response.writeHead(200, { 'content-length': '10' });
      if (count > 1) response.end('0123456789');
      else response.write('01234', () => (response.socket as Socket).destroy());
    });

  it('fails whoever reads it', async () => {
    await using server = await halfFirst();
    const response = await protectFetch(pipeline('api', [twice]))(server.url);
    await expect(response.text()).rejects.toThrow('terminated');
    expect(server.asked).toHaveLength(1);
  });

  it('is asked for again where the whole body is wanted', async () => {
    await using server = await halfFirst();
    const response = await protectFetch(pipeline('api', [twice]), { body: 'whole' })(server.url);
    expect(server.asked).toHaveLength(2);
    expect(await response.text()).toBe('0123456789');
    expect([
      response.url,
      response.redirected,
      response.type,
      response.headers.get('content-length'),
    ]).toEqual([server.url, false, 'basic', '10']);
  });

  it('that has no body is whole as it is', async () => {
    await using server = await startServer((_count, response) => {
      response.writeHead(204).end();
    });
    const response = await protectFetch(pipeline('api', [twice]), { body: 'whole' })(server.url);
    expect([response.status, await response.text()]).toEqual([204, '']);
  });
});
