/** Work that nobody waits for any more, over HTTP: it ends at the deadline of its intent, or when its client begins anew. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pipeline, timeout } from '@seaworthy/protect';
import { protectFetch, readIncoming } from '@seaworthy/protect/http';
import {
  beginLife,
  epochGuard,
  epochProblem,
  outbox,
  readClient,
  startRelay,
  type Sending,
} from '@seaworthy/protect/outbox';
import { memoryStore } from '@seaworthy/stores/memory';
import { afterEach, beforeEach, expect, it } from 'vitest';

type Job = 'waits' | 'is queued for too long' | 'is quick';

const guard = epochGuard({ scope: 'jobs' });
let server: Server;
let url: string;
let begun: Job[];
let stopped: unknown[];
let statuses: number[];

beforeEach(async () => {
  [begun, stopped, statuses] = [[], [], []];
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jobs`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let job = '';
  for await (const chunk of request) job += String(chunk);
  const incoming = readIncoming(request.headers);
  if (job === 'is queued for too long') await sleep(incoming.remainingMs + 5);
  const status = await incoming
    .run(() => guard.run(readClient(request.headers), ({ signal }) => work(job as Job, signal)))
    .then(
      () => 200,
      (error: unknown) => epochProblem(error)?.status ?? 500,
    );
  statuses.push(status);
  response.writeHead(status).end();
}

async function work(job: Job, signal: AbortSignal): Promise<void> {
  begun.push(job);
  if (job !== 'waits') return;
  await sleep(60_000, undefined, { signal }).catch(() => stopped.push(signal.reason));
  signal.throwIfAborted();
}

const post = protectFetch(pipeline('jobs', [timeout('30s')]), {
  failures: 'throw',
  isFailure: ({ ok }) => !ok,
});
const send = async ({ payload, key, headers, signal }: Sending<Job>) => {
  const response = await post(url, { method: 'POST', body: payload, headers, key, signal });
  await response.text();
};

it('is not begun when the deadline of the intent has passed, and stops when it passes', async () => {
  await using store = memoryStore();
  const jobs = outbox<Job>({ name: 'jobs', store });
  await using life = await beginLife({ store });
  await using _relay = startRelay({ outbox: jobs, life, send });
  for (const job of ['waits', 'is queued for too long'] as const) await jobs.put(job, { ttl: '2s' });
  await jobs.put('is quick', { ttl: '30s' });
  while (statuses.length < 3 || (await jobs.count()).alive > 0) await sleep(10);
  expect(begun.toSorted()).toEqual(['is quick', 'waits']);
  expect(stopped).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }]);
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 504, 504]);
  expect((await jobs.dead.list()).map(({ payload, because }) => `${payload}: ${because}`).toSorted()).toEqual(
    ['is queued for too long: expired', 'waits: expired'],
  );
});

it('stops when its client begins a new life, and is refused when it comes late', async () => {
  await using store = memoryStore();
  const jobs = outbox<Job>({ name: 'jobs', store });
  const first = await beginLife({ store, client: 'worker' });
  const relay = startRelay({ outbox: jobs, life: first, send });
  await jobs.put('waits');
  while (begun.length === 0) await sleep(10);
  const late = first.headers();
  // The new life of the client is the end of the earlier one, whose process does not know it yet.
  await using next = await beginLife({ store, client: 'worker' });
  await fetch(url, { method: 'POST', body: 'is quick', headers: { ...next.headers() } });
  while (stopped.length === 0) await sleep(10);
  expect(stopped).toMatchObject([{ code: 'STALE_EPOCH' }]);
  expect((await fetch(url, { method: 'POST', body: 'is quick', headers: { ...late } })).status).toBe(409);
  await relay.close({ within: 0 });
  await first.close();
});
