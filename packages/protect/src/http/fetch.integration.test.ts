/** What `protectFetch` makes of answers, methods, keys and bodies, against a real server. */
import { Readable } from 'node:stream';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  circuitBreaker,
  constant,
  createRuntime,
  fallback,
  pipeline,
  type Policy,
  type PolicyEvent,
  retry,
} from '../index.ts';
import { pipelines } from '../pipelines.ts';
import { hedge } from '../policies/hedge/index.ts';
import { startServer, statuses } from './fixtures/server.ts';
import { HttpStatusError, protectFetch } from './index.ts';

const thrice = retry({ attempts: 3, backoff: constant(1) });

/** A pipeline that tells its events. */
function heard(...policies: readonly Policy<never>[]) {
  const events: PolicyEvent[] = [];
  const runtime = createRuntime();
  runtime.events.subscribe((event) => events.push(event));
  return { events, line: pipeline('api', policies, { runtime }) };
}

describe('an answer', () => {
  it('of a failing status is tried again, and the good one is given', async () => {
    await using server = await startServer(statuses(503, 429, 200));
    const response = await protectFetch(pipeline('api', [thrice]))(server.url);
    expect([response.status, await response.text()]).toEqual([200, 'answer 3']);
  });

  it('is given itself, with its body, when no attempt was better', async () => {
    await using server = await startServer(statuses(503));
    const response = await protectFetch(pipeline('api', [thrice]))(server.url);
    expect([response.status, await response.text()]).toEqual([503, 'answer 3']);
  });

  it('is given as an error to who asked for errors', async () => {
    await using server = await startServer(statuses(500));
    const api = protectFetch(pipeline('api', [thrice]), { failures: 'throw' });
    const error = await api(`${server.url}path?secret=1`).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HttpStatusError);
    const { code, status, message, response } = error as HttpStatusError;
    expect({ code, status }).toEqual({ code: 'HTTP_STATUS', status: 500 });
    expect(message).toBe(`GET ${server.url}path was answered with status 500.`);
    expect(await response.text()).toBe('answer 3');
  });

  it.each([200, 301, 400, 404, 409, 501])('of status %i is no failure', async (status) => {
    await using server = await startServer(statuses(status));
    const response = await protectFetch(pipeline('api', [thrice]))(server.url, { redirect: 'manual' });
    expect([response.status, server.asked.length]).toEqual([status, 1]);
    await response.body?.cancel();
  });

  it('is a failure where the caller says so', async () => {
    await using server = await startServer(statuses(404, 200));
    const api = protectFetch(pipeline('api', [thrice]), { isFailure: ({ status }) => status === 404 });
    expect((await api(server.url)).status).toBe(200);
  });

  it('that nobody gets, since the caller’s judgement throws, is let go of', async () => {
    await using server = await startServer(statuses(200));
    let judged: Response | undefined;
    const isFailure = (response: Response) => {
      judged = response;
      throw new Error('mine');
    };
    await expect(protectFetch(pipeline('api', []), { isFailure })(server.url)).rejects.toThrow('mine');
    expect(judged?.bodyUsed).toBe(true);
  });

  it('that is thrown away gives its connection back, also while the next attempt is waited for', async () => {
    await using server = await startServer((count, response) => {
      response.writeHead(count === 1 ? 503 : 200);
      // More than fits into any buffer, so that only letting go of it ends it.
      if (count === 1) Readable.from(endless()).pipe(response);
      else response.end('good');
    });
    let lost: (() => void) | undefined;
    const letGo = new Promise<void>((resolve) => {
      lost = resolve;
    });
    server.server.once('request', (_request, response) => response.once('close', () => lost?.()));
    const response = await protectFetch(
      pipeline('api', [retry({ attempts: 2, backoff: constant('300ms') })]),
    )(server.url);
    await letGo;
    expect(await response.text()).toBe('good');
  });

  it('opens the circuit breaker, though fetch resolves', async () => {
    await using server = await startServer(statuses(503));
    const api = protectFetch(pipeline('api', [circuitBreaker({ consecutiveFailures: 2 })]));
    for (let i = 0; i < 2; i++) expect((await api(server.url)).status).toBe(503);
    await expect(api(server.url)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
    expect(server.asked).toHaveLength(2);
  });

  it('opens the breaker of its own host alone', async () => {
    await using ill = await startServer(statuses(503));
    await using well = await startServer(statuses(200));
    const hosts = pipelines((host) => pipeline(host, [circuitBreaker({ consecutiveFailures: 1 })]));
    const api = protectFetch(hosts);
    await api(ill.url);
    await expect(api(ill.url)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', pipeline: ill.host });
    expect((await api(well.url)).status).toBe(200);
    expect(hosts.keys).toEqual([ill.host, well.host]);
    await hosts.close();
  });

  it('with Retry-After is waited for as long as it says; RateLimit says it too', async () => {
    for (const header of [{ 'retry-after': '1' }, { ratelimit: '"burst";r=0;t=1' }]) {
      await using server = await startServer((count, response) => {
        response.writeHead(count === 1 ? 429 : 200, header).end();
      });
      const { events, line } = heard(thrice);
      expect((await protectFetch(line)(server.url)).status).toBe(200);
      expect(events.find(({ type }) => type === 'retry.scheduled')).toMatchObject({ delayMs: 1_000 });
    }
  });

  it('is replaced by a fallback, whose type comes along', async () => {
    await using server = await startServer(statuses(503));
    const api = protectFetch(pipeline('api', [fallback('none'), thrice]));
    const answer = await api(server.url);
    expectTypeOf(answer).toEqualTypeOf<Response | 'none'>();
    expect(answer).toBe('none');
  });

  it('comes from whichever hedged attempt is first to succeed', async () => {
    await using server = await startServer((count, response) => {
      if (count > 1) response.end('quick');
    });
    const response = await protectFetch(pipeline('api', [hedge({ after: '20ms', budget: 1 })]))(server.url);
    expect(await response.text()).toBe('quick');
  });
});

describe('a request', () => {
  const post = { method: 'POST', body: '{"amount":7}' };

  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])('by %s is repeated', async (method) => {
    await using server = await startServer(statuses(503));
    await protectFetch(pipeline('api', [thrice]))(server.url, { method });
    expect(server.asked).toHaveLength(3);
  });

  it.each(['POST', 'PATCH', 'REPORT'])(
    'by %s without a key is sent once, through the same breaker',
    async (method) => {
      await using server = await startServer(statuses(503));
      const api = protectFetch(pipeline('api', [thrice, circuitBreaker({ consecutiveFailures: 2 })]));
      for (let i = 0; i < 2; i++) expect((await api(server.url, { method })).status).toBe(503);
      await expect(api(server.url)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
      expect(server.asked).toHaveLength(2);
    },
  );

  it('by POST with a key is repeated, and the key and the body are the same each time', async () => {
    await using server = await startServer(statuses(503));
    await protectFetch(pipeline('api', [thrice]))(server.url, { ...post, key: 'order "7"' });
    const sent = server.asked.map(({ headers, body }) => [headers['idempotency-key'], body]);
    expect(sent).toEqual(Array.from({ length: 3 }, () => [String.raw`"order \"7\""`, post.body]));
  });

  it('keeps a key that is in its headers as it is', async () => {
    await using server = await startServer(statuses(503));
    const headers = { 'Idempotency-Key': 'bare-7' };
    await protectFetch(pipeline('api', [thrice]))(server.url, { ...post, headers });
    expect(server.asked.map((asked) => asked.headers['idempotency-key'])).toEqual([
      'bare-7',
      'bare-7',
      'bare-7',
    ]);
  });

  it('by POST gets a key of its own where keys are to be made', async () => {
    await using server = await startServer(statuses(503));
    const api = protectFetch(pipeline('api', [thrice]), { unkeyed: 'make-key' });
    await api(server.url, post);
    await api(server.url, post);
    const keys = server.asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^"[\da-f-]{36}"$/);
    expect([keys.slice(0, 3), keys.slice(3)].map((each) => new Set(each).size)).toEqual([1, 1]);
    expect(keys[3]).not.toBe(keys[0]);
  });

  it('by POST without a key is refused where that is asked for, by the compiler too', async () => {
    await using server = await startServer(statuses(200));
    const api = protectFetch(pipeline('api', [thrice]), { unkeyed: 'refuse' });
    // @ts-expect-error -- the key is missing
    await expect(api(server.url, { method: 'POST' })).rejects.toMatchObject({ code: 'KEY_REQUIRED' });
    expect(server.asked).toEqual([]);
    await api(server.url, { method: 'POST', key: 'order-7' });
    await api(server.url, { method: 'POST', repeat: false });
    await api(server.url, { method: 'PUT' });
    expect(server.asked).toHaveLength(3);
  });

  it('with a stream as its body is refused before anything is sent, when it might be repeated', async () => {
    await using server = await startServer(statuses(200));
    const api = protectFetch(pipeline('uploads', [thrice]));
    const init = { method: 'PUT', duplex: 'half' } as const;
    await expect(api(server.url, { ...init, body: stream('a', 'b') })).rejects.toMatchObject({
      code: 'BODY_NOT_REPEATABLE',
      message: expect.stringContaining(`The body of PUT ${server.url} is a stream`) as string,
    });
    expect(server.asked).toEqual([]);
    await api(server.url, { ...init, body: stream('a', 'b'), repeat: false });
    await protectFetch(pipeline('uploads', []))(server.url, { ...init, body: stream('c', 'd') });
    expect(server.asked.map(({ body }) => body)).toEqual(['ab', 'cd']);
  });

  it('with a stream as its body is sent once where that is asked for', async () => {
    await using server = await startServer(statuses(503));
    const api = protectFetch(pipeline('uploads', [thrice]), { streamedBody: 'once' });
    await api(server.url, { method: 'PUT', duplex: 'half', body: stream('a', 'b') } as RequestInit);
    expect(server.asked.map(({ body }) => body)).toEqual(['ab']);
  });

  it('that is a Request is sent whole each time, and is used up afterwards', async () => {
    await using server = await startServer(statuses(503));
    const request = new Request(server.url, { method: 'PUT', body: 'whole', headers: { 'x-mine': 'kept' } });
    await protectFetch(pipeline('api', [thrice]))(request);
    expect(server.asked.map(({ body, headers }) => [body, headers['x-mine']])).toEqual(
      Array.from({ length: 3 }, () => ['whole', 'kept']),
    );
    expect(request.bodyUsed).toBe(true);
  });

  it('rejects as fetch does when it cannot be right', async () => {
    const api = protectFetch(pipeline('api', [thrice]));
    await expect(api('no address')).rejects.toBeInstanceOf(TypeError);
    await expect(api('http://127.0.0.1:1/', { headers: { 'no header': '' } })).rejects.toBeInstanceOf(
      TypeError,
    );
    await expect(api('http://127.0.0.1:1/', { method: 'POST', key: 'ä' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_INVALID',
    });
  });
});

describe('the function', () => {
  it('is a fetch, for whoever takes one', () => {
    expectTypeOf(protectFetch(pipeline('api', [thrice]))).toExtend<typeof fetch>();
  });

  it('is made with nothing that cannot be right', () => {
    // @ts-expect-error -- no pipeline
    expect(() => protectFetch({})).toThrow('a pipeline, or pipelines by host');
    // @ts-expect-error -- an option that there is not
    expect(() => protectFetch(pipeline('api', []), { retries: 3 })).toThrow('keys among');
    // @ts-expect-error -- a choice that there is not
    expect(() => protectFetch(pipeline('api', []), { unkeyed: 'never' })).toThrow("'once'");
  });
});

function stream(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
}

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(65_536);
}
