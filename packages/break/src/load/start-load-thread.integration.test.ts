import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { monotonicClock } from '@seaworthy/protect';
import { afterEach, expect, test } from 'vitest';
import type { LoadDefinition } from '../experiment/model.ts';
import type { LoadSample } from '../journal/record.ts';
import { VariableError } from '../variables.ts';
import { LoadError } from './errors.ts';
import type { RunningLoad } from './load.ts';
import { startLoadThread } from './start-load-thread.ts';

const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function serve(): Promise<{ url: string; server: Server }> {
  const server = createServer((_, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function start(
  url: string,
  changes: Partial<LoadDefinition> = {},
): { load: RunningLoad; samples: LoadSample[] } {
  const samples: LoadSample[] = [];
  const request = { name: 'home', weight: 1, method: 'GET', url, headers: {}, body: undefined, statuses: [] };
  const load = startLoadThread(
    { ratePerSecond: 100, timeoutMs: 2_000, requests: [request], ...changes },
    { variables: {}, seed: 1, clock: monotonicClock, onSample: (sample) => samples.push(sample) },
  );
  undo.push(() => load.stop({ atOnce: true }));
  return { load, samples };
}

/** A server in a thread of its own, as a service is in a process of its own. */
const apart = `
  const { createServer } = require('node:http');
  const { parentPort } = require('node:worker_threads');
  const server = createServer((request, response) => response.end('ok'));
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

test('a busy lab neither delays the requests nor lengthens their latencies', async () => {
  const server = new Worker(apart, { eval: true });
  undo.push(() => server.terminate());
  const port = await new Promise<number>((resolve) => server.once('message', resolve));
  const { load, samples } = start(`http://127.0.0.1:${port}`);
  await sleep(1_000);
  const busyUntil = performance.now() + 2_000;
  while (performance.now() < busyUntil);
  await sleep(500);
  const totals = await load.stop();
  expect(totals.generatorLagMsMax).toBeLessThan(1_000);
  expect(totals.good).toBe(totals.due);
  expect(totals.due).toBeGreaterThan(250);
  // While the lab stood still, every sample but the last waited to be told, and none was lost.
  expect(samples.reduce((sum, { due }) => sum + due, 0)).toBe(totals.due);
  expect(Math.max(...samples.map(({ intervalMs }) => intervalMs))).toBeLessThan(1_500);
});

test('the rate, the period and the pace go to and fro', async () => {
  const { url } = await serve();
  const { load, samples } = start(url, { ratePerSecond: 20, spacing: 'constant' });
  await sleep(1_500);
  expect(load.sentPerSecond()).toBeGreaterThan(5);
  expect(load.sentPerSecond()).toBeLessThan(40);
  load.mark('fault');
  load.setRate(200);
  expect(load.ratePerSecond).toBe(200);
  await sleep(1_700);
  expect(load.sentPerSecond()).toBeGreaterThan(100);
  const totals = await load.stop();
  expect(load.totals).toEqual(totals);
  const due = (period: string) =>
    samples
      .flatMap(({ requests }) => requests)
      .filter((part) => part.period === period)
      .reduce((sum, part) => sum + part.due, 0);
  expect(due('before')).toBeLessThan(60);
  expect(due('fault')).toBeGreaterThan(150);
  expect(due('before') + due('fault')).toBe(totals.due);
});

test('what cannot be sent is refused where it was asked for', () => {
  const request = { name: 'home', weight: 1, method: 'GET', headers: {}, body: undefined, statuses: [] };
  const of = (url: string, ratePerSecond: number) => () =>
    startLoadThread(
      { ratePerSecond, timeoutMs: 1_000, requests: [{ ...request, url }] },
      { variables: {}, seed: 1, clock: monotonicClock, onSample: () => {} },
    );
  expect(of('${shop}/', 10)).toThrow(VariableError);
  expect(of('http://127.0.0.1/', -1)).toThrow(LoadError);
  expect(of('ftp://127.0.0.1/', 10)).toThrow(LoadError);
});

test('a load that is stopped at once, or twice, leaves neither thread nor connection', async () => {
  const { url, server } = await serve();
  const { load } = start(url);
  await sleep(600);
  await Promise.all([load.stop(), load.stop({ atOnce: true })]);
  expect((await load.stop()).due).toBeGreaterThan(10);
  const connections = () => new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
  await expect.poll(connections, { timeout: 5_000 }).toBe(0);
});
