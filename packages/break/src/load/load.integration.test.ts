import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createNativeTimers, monotonicClock } from '@seaworthy/protect';
import { afterEach, describe, expect, test } from 'vitest';
import type { LoadDefinition } from '../experiment/model.ts';
import { LatencyHistogram } from '../journal/latency-histogram.ts';
import type { LoadSample } from '../journal/record.ts';
import { type RunningLoad, startLoad } from './load.ts';

const servers: Server[] = [];
const loads: RunningLoad[] = [];

afterEach(async () => {
  await Promise.all(loads.splice(0).map((load) => load.stop({ atOnce: true })));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function start(url: string, changes: Partial<LoadDefinition> = {}, inFlightMax?: number) {
  const samples: LoadSample[] = [];
  const request = {
    weight: 1,
    method: 'GET',
    url: `\${server}/`,
    headers: {},
    body: undefined,
    statuses: [],
  };
  const load = startLoad(
    { ratePerSecond: 200, timeoutMs: 2_000, requests: [{ ...request, name: 'home' }], ...changes },
    {
      variables: { server: url },
      seed: 42,
      clock: monotonicClock,
      timers: createNativeTimers(),
      onSample: (sample) => samples.push(sample),
      ...(inFlightMax === undefined ? {} : { inFlightMax }),
    },
  );
  loads.push(load);
  return { load, samples };
}

function reasonsOf(samples: readonly LoadSample[]): Record<string, number> {
  const reasons: Record<string, number> = {};
  for (const part of samples.flatMap((sample) => sample.requests)) {
    for (const [reason, count] of Object.entries(part.reasons))
      reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  return reasons;
}

function latenciesOf(samples: readonly LoadSample[]): LatencyHistogram {
  const all = new LatencyHistogram();
  for (const part of samples.flatMap((sample) => sample.requests)) all.add(part.latency, part.maxMs);
  return all;
}

/** A server in a thread of its own that stands still for 300 ms every 3 s, as a long garbage collection would. */
const stallingServer = `
  const { createServer } = require('node:http');
  const { parentPort } = require('node:worker_threads');
  const server = createServer((request, response) => response.end('ok'));
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
  setInterval(() => { const end = performance.now() + 300; while (performance.now() < end); }, 3000);
`;

test('a server that stalls for 300 ms every 3 s shows it in p99, since latency counts from when a request was due', async () => {
  const worker = new Worker(stallingServer, { eval: true });
  try {
    const port = await new Promise<number>((resolve) => worker.once('message', resolve));
    const { load, samples } = start(`http://127.0.0.1:${port}`);
    await sleep(9_200);
    const totals = await load.stop();

    // A tenth of the requests fall due within a stall and wait for 0 to 300 ms: the slowest hundredth for 270 or more.
    const latencies = latenciesOf(samples);
    expect(latencies.quantileMs(0.99)).toBeGreaterThan(220);
    expect(latencies.quantileMs(0.99)).toBeLessThan(600);
    expect(latencies.quantileMs(0.5)).toBeLessThan(50);
    expect(totals.good).toBe(totals.due);
    expect(totals.due).toBeGreaterThan(1_600);
    expect(totals.due).toBeLessThan(2_100);
  } finally {
    await worker.terminate();
  }
});

test('arrivals keep their schedule while no answer comes, and every request is accounted for', async () => {
  const { url } = await serve(() => {});
  const { load, samples } = start(url, { ratePerSecond: 100, timeoutMs: 500, spacing: 'constant' });
  await sleep(1_500);
  expect(load.totals.due).toBeGreaterThan(120);
  expect(load.totals.due).toBeLessThanOrEqual(160);
  const totals = await load.stop();
  expect(totals.timedOut).toBe(totals.due);
  expect(totals.bad).toBe(totals.due);
  expect(reasonsOf(samples)).toEqual({ 'time-out': totals.due });
  expect(latenciesOf(samples).quantileMs(0.01)).toBeGreaterThanOrEqual(499);
});

test('what is due beyond the bound of requests in flight counts as bad and is not sent', async () => {
  let received = 0;
  const { url } = await serve(() => received++);
  const { load, samples } = start(url, { ratePerSecond: 200, timeoutMs: 5_000 }, 10);
  await sleep(1_000);
  const totals = await load.stop({ atOnce: true });
  expect(received).toBe(10);
  expect(totals.abandoned).toBe(10);
  expect(totals.bad).toBe(totals.due - 10);
  expect(reasonsOf(samples)).toEqual({ 'too many in flight': totals.due - 10 });
  expect(Math.max(...samples.map((sample) => sample.inFlight))).toBe(10);
});

describe('every way in which an answer can be bad has its reason', () => {
  const cases: readonly (readonly [string, RequestListener])[] = [
    ['status 503', (_, response) => response.writeHead(503).end('no')],
    ['ECONNRESET', (request) => request.socket.resetAndDestroy()],
    [
      'answer cut off',
      (request, response) => {
        response.writeHead(200, { 'content-length': 1_000 }).write('cut');
        setImmediate(() => request.socket.destroy());
      },
    ],
    ['answer over 8 MiB', (_, response) => response.end(Buffer.alloc(9 * 2 ** 20))],
  ];
  test.each(cases)('%s', async (reason, listener) => {
    let received = 0;
    const { url } = await serve((request, response) => {
      received++;
      listener(request, response);
    });
    const { load, samples } = start(url, { ratePerSecond: 20 });
    await sleep(700);
    const totals = await load.stop();
    expect(totals.due).toBeGreaterThan(0);
    expect(reasonsOf(samples)).toEqual({ [reason]: totals.due });
    // Nothing is ever sent twice.
    expect(received).toBe(totals.due);
  });

  test('ECONNREFUSED', async () => {
    const { url, server } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    const { load, samples } = start(url);
    await sleep(500);
    const totals = await load.stop();
    expect(totals.due).toBeGreaterThan(0);
    expect(reasonsOf(samples)).toEqual({ ECONNREFUSED: totals.due });
  });
});

test('an answer that ends with its connection is whole', async () => {
  const { url, server } = await serve(() => {});
  server.removeAllListeners('request');
  server.on('connection', (socket) => {
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello'));
  });
  const { load } = start(url, { ratePerSecond: 50 });
  await sleep(500);
  const totals = await load.stop();
  expect(totals.good).toBeGreaterThan(0);
  expect(totals.good).toBe(totals.due);
});

test('the rate follows a change at once, up and down', async () => {
  const { url } = await serve((_, response) => response.end('ok'));
  const { load } = start(url, { ratePerSecond: 20, spacing: 'constant' });
  await sleep(1_200);
  expect(load.sentPerSecond()).toBeLessThan(40);
  load.setRate(400);
  await sleep(1_500);
  expect(load.sentPerSecond()).toBeGreaterThan(250);
  load.setRate(20);
  await sleep(1_500);
  expect(load.sentPerSecond()).toBeLessThan(100);
  expect(load.ratePerSecond).toBe(20);
});

test('requests carry their period and name, each with its own counts', async () => {
  const { url } = await serve((request, response) =>
    response.writeHead(request.url === '/buy' ? 409 : 200).end('ok'),
  );
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"n":${n}}' };
  const { load, samples } = start(url, {
    requests: [
      { ...request, name: 'browse', weight: 3, url: '${server}/', statuses: [] },
      { ...request, name: 'buy', weight: 1, url: '${server}/buy', statuses: [] },
    ],
  });
  await sleep(600);
  load.mark('fault');
  await sleep(600);
  const totals = await load.stop();
  const parts = samples.flatMap((sample) => sample.requests);
  const of = (name: string, period: string) =>
    parts
      .filter((part) => part.request === name && part.period === period)
      .reduce((sum, part) => ({ good: sum.good + part.good, bad: sum.bad + part.bad }), { good: 0, bad: 0 });
  expect(of('browse', 'before').good).toBeGreaterThan(of('buy', 'before').bad);
  expect(of('browse', 'fault').good).toBeGreaterThan(0);
  expect(of('buy', 'fault')).toEqual({ good: 0, bad: expect.any(Number) as number });
  expect(of('browse', 'before').bad + of('browse', 'fault').bad).toBe(0);
  expect(parts.reduce((sum, part) => sum + part.due, 0)).toBe(totals.due);
});

test('a generator that could not run says how late it was, and charges nothing to silence', async () => {
  const { url } = await serve((_, response) => response.end('ok'));
  const { load, samples } = start(url, { ratePerSecond: 100, timeoutMs: 300 });
  await sleep(300);
  const blockedUntil = performance.now() + 600;
  while (performance.now() < blockedUntil);
  await sleep(300);
  const totals = await load.stop();
  expect(totals.generatorLagMsMax).toBeGreaterThan(400);
  expect(Math.max(...samples.map((sample) => sample.generatorLagMs))).toBe(totals.generatorLagMsMax);
  expect(totals.good + totals.bad).toBe(totals.due);
  expect(reasonsOf(samples)['generator too late']).toBeGreaterThan(0);
});

test('after the end no connection is left', async () => {
  const { url, server } = await serve((_, response) => response.end('ok'));
  const { load } = start(url);
  await sleep(500);
  await load.stop();
  await expect
    .poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count))), {
      timeout: 5_000,
    })
    .toBe(0);
});
