/**
 * The five things that can go wrong with a remote call, each caused for real and survived by what answers it.
 *
 * A shop asks a payment service, a process of its own with its own database, through a proxy that can lose what passes.
 * However the call is hurt: the shop gets its answer or a clear error, and an order is charged once.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { type Proxy, proxy } from '@seaworthy/break/proxy';
import {
  circuitBreaker,
  constant,
  createRuntime,
  fallback,
  pipeline,
  type Policy,
  retry,
  timeout,
} from '@seaworthy/protect';
import { endpoints } from '@seaworthy/protect/endpoints';
import { hedge } from '@seaworthy/protect/hedge';
import { protectFetch, readIncoming } from '@seaworthy/protect/http';
import { recordEvents } from '@seaworthy/protect/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Errand } from './fixtures/errand.ts';
import { ended, startChild } from './run-child.ts';

let folder: string;
let children: ChildProcess[];
let links: Proxy[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seaworthy-five-'));
  children = [];
  links = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(children.map(ended));
  await Promise.all(links.map((link) => link.close()));
  rmSync(folder, { recursive: true, force: true });
});

describe('1. the client cannot locate the server', () => {
  it('because it was stopped: another one is asked, and no call fails', async () => {
    const [first, second] = [await startPayment(), await startPayment()];
    const found = endpoints('payment', { source: [first.url, second.url], balance: 'round-robin' });
    const { line } = shop(retry({ attempts: 3, backoff: constant('10ms') }));
    const ask = () =>
      line.run(
        (attempt) => found.call(async ({ url, signal }) => (await fetch(url, { signal })).text(), attempt),
        { repeat: true },
      );
    expect(new Set([await ask(), await ask()]).size).toBe(2);
    await first.kill();
    for (let i = 0; i < 10; i++) expect(await ask()).toBe(String(second.port));
    await found.close();
  });

  it('because discovery knows of none: the error says so, or a fallback answers', async () => {
    const found = endpoints('payment', { source: () => [] });
    const find = () => found.call(({ url }) => url);
    await expect(find()).rejects.toMatchObject({ code: 'SERVER_NOT_FOUND', because: 'none-known' });
    const { line } = shop(fallback('pay later'), retry({ attempts: 3 }));
    expect(await line.run(find, { repeat: true })).toBe('pay later');
    await found.close();
  });

  it('because nobody listens where it should be: the error is the platform’s own, or a fallback answers', async () => {
    const { url, kill } = await startPayment();
    await kill();
    const policies = [retry({ attempts: 3, backoff: constant('10ms') })];
    const { line, events } = shop(...policies);
    await expect(protectFetch(line)(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(events.of('retry.stopped')).toMatchObject([{ because: 'attempts', attempts: 3 }]);
    expect(await protectFetch(shop(fallback('pay later'), ...policies).line)(url)).toBe('pay later');
  });
});

describe('2. a request is lost', () => {
  it('is sent again under the same key when its time is over, and charges once', async () => {
    const payment = await startPayment();
    const lossy = await linkTo(payment);
    const { charge, events } = payingShop(lossy.url);
    await lossy.lose('lost_request');
    events.once('retry.scheduled', () => lossy.heal());
    const id = await charge('order-1');
    expect(events.of('timeout.expired').length).toBeGreaterThan(0);
    expect(payment.charges()).toEqual([{ id, key: 'order-1' }]);
  });

  it('is overtaken by a second one, where it may be repeated and the first takes unusually long', async () => {
    const lossy = await linkTo(await startPayment());
    await lossy.lose('lost_request');
    const { line, events } = shop(hedge({ after: '1s', attempts: 5, budget: 1 }));
    const asking = protectFetch(line)(lossy.url);
    await until(() => lossy.lost() > 0);
    await lossy.heal();
    expect((await asking).status).toBe(200);
    expect(events.of('hedge.won')).toHaveLength(1);
  });
});

describe('3. the server crashes', () => {
  it.each([
    ['before it has charged', 'transaction-begun', 0],
    ['within its transaction', 'record-written', 0],
    ['after it has charged, before it answers', 'answering', 1],
  ])('%s: it is asked again when it is back, and has charged once', async (_when, point, chargesLeft) => {
    const payment = await startPayment(point);
    const { charge, events } = payingShop(payment.url);
    const charging = charge('order-1');
    await payment.death;
    expect(payment.charges()).toHaveLength(chargesLeft);
    const reborn = await payment.restart();
    const id = await charging;
    expect(reborn.charges()).toEqual([{ id, key: 'order-1' }]);
    expect(events.of('retry.succeeded')).toHaveLength(1);
  });

  it('and stays away: the breaker spares everyone the wait, and closes when it is back', async () => {
    const payment = await startPayment();
    await payment.kill();
    const breaker = circuitBreaker({ consecutiveFailures: 3, openFor: '300ms' });
    const { line, events } = shop(breaker, timeout('10s'));
    const api = protectFetch(line);
    for (let i = 0; i < 3; i++) await expect(api(payment.url)).rejects.toThrow('fetch failed');
    await expect(api(payment.url)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
    await payment.restart();
    await wait(events.of('circuit-breaker.opened')[0]!.openForMs + 50);
    expect((await api(payment.url)).status).toBe(200);
    expect(line.machine(breaker).state).toBe('closed');
  });
});

describe('4. the reply is lost', () => {
  it('and is played back for the same key: one charge', async () => {
    const payment = await startPayment();
    const lossy = await linkTo(payment);
    const { charge, events } = payingShop(lossy.url);
    await lossy.lose('lost_reply');
    events.once('retry.scheduled', () => lossy.heal());
    const id = await charge('order-1');
    expect(events.of('timeout.expired').length).toBeGreaterThan(0);
    expect(payment.charges()).toEqual([{ id, key: 'order-1' }]);
  });

  it('and without a key nothing is repeated: the caller hears that it cannot be known', async () => {
    const payment = await startPayment();
    const lossy = await linkTo(payment);
    await lossy.lose('lost_reply');
    const { line, events } = shop(retry({ attempts: 5 }), timeout('2s'));
    await expect(protectFetch(line)(lossy.url, { method: 'POST' })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    expect(events.of('retry.scheduled')).toEqual([]);
    await until(() => payment.charges().length > 0);
    expect(payment.charges()).toHaveLength(1);
  });
});

describe('5. the client crashes', () => {
  it('between its intent and the reply: its next life sends it on under the same key, and one charge is made', async () => {
    const payment = await startPayment();
    const lossy = await linkTo(payment);
    await lossy.lose('lost_reply');
    const errand: Errand = {
      kind: 'sqlite',
      place: join(folder, 'orders.db'),
      url: lossy.url,
      orders: 1,
      customers: 1,
    };
    const client = await startClient(errand);
    // It has charged, the reply is lost, and the client still waits for it.
    await until(() => payment.charges().length === 1);
    client.kill('SIGKILL');
    expect(await ended(client)).toMatchObject({ signal: 'SIGKILL' });
    await lossy.heal();
    const nextLife = await startClient(errand);
    expect(await ended(nextLife)).toMatchObject({ code: 0 });
    expect(payment.charges()).toMatchObject([{ key: 'order-0' }]);
  });

  it('and what it had begun elsewhere ends at its deadline, instead of going on for nobody', async () => {
    const work = pipeline('work', []);
    let orphan: Promise<unknown> | undefined;
    const server = createServer(({ headers }) => {
      const incoming = readIncoming(headers, { trusted: true });
      orphan = incoming.run(() => work.outcome(({ signal }) => once(signal, 'never', { signal })));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = startChild('ask-and-wait.ts', urlOf((server.address() as AddressInfo).port));
    children.push(client);
    await until(() => orphan !== undefined);
    client.kill('SIGKILL');
    await ended(client);
    expect(work.running).toBe(1);
    expect(await orphan).toMatchObject({ ok: false, error: { code: 'DEADLINE_EXCEEDED', enclosing: true } });
    expect(work.running).toBe(0);
    server.closeAllConnections();
    server.close();
  });
});

/** A pipeline and what it says. */
function shop<const Policies extends readonly Policy[]>(...policies: Policies) {
  const runtime = createRuntime();
  const events = recordEvents(runtime.events);
  return {
    line: pipeline('payment', policies, { runtime }),
    events: Object.assign(events, {
      once(type: string, then: () => unknown) {
        const stop = runtime.events.subscribe((event) => {
          if (event.type !== type) return;
          stop();
          then();
        });
      },
    }),
  };
}

/** A shop that charges for orders, and does not give up soon. */
function payingShop(url: string) {
  const { line, events } = shop(retry({ attempts: 50, backoff: constant('200ms') }), timeout('2s'));
  const api = protectFetch(line, { body: 'whole' });
  return {
    events,
    charge: async (order: string): Promise<string> => {
      const response = await api(url, { method: 'POST', key: order });
      expect(response.status).toBe(201);
      return response.text();
    },
  };
}

interface Payment {
  readonly url: string;
  readonly port: number;
  /** When the process has ended. */
  readonly death: Promise<unknown>;
  readonly charges: () => readonly { readonly id: string; readonly key: string }[];
  readonly kill: () => Promise<void>;
  /** The same service once more: same database, same port. */
  readonly restart: () => Promise<Payment>;
}

/** Starts a payment service, which may kill itself at a point. */
async function startPayment(
  fatal = 'never',
  file = join(folder, `${children.length}.db`),
  at = 0,
): Promise<Payment> {
  const child = startChild('listen-and-charge.ts', file, String(at), fatal);
  children.push(child);
  const [port] = (await once(child, 'message')) as [number];
  const death = ended(child);
  return {
    url: urlOf(port),
    port,
    death,
    charges: () => {
      using database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
      const rows = database.prepare('SELECT id, idempotency_key AS key FROM charges').all();
      return rows.map(({ id, key }) => ({ id: String(id), key: String(key) }));
    },
    kill: async () => {
      child.kill('SIGKILL');
      await death;
    },
    restart: () => startPayment('never', file, port),
  };
}

/** A link to the payment service that can lose what passes. */
async function linkTo({ port }: Payment) {
  const link = await proxy({ upstream: `127.0.0.1:${port}` });
  links.push(link);
  return {
    url: `http://${link.listen}/`,
    lose: (type: 'lost_request' | 'lost_reply') => link.addToxic({ type, name: 'loses' }),
    /** How many it has lost. */
    lost: () => link.toxics[0]?.requestsHit ?? 0,
    /** Loses no more; what is lost stays lost, and whoever waits for it waits on. */
    heal: () => link.updateToxic('loses', { toxicity: 0 }),
  };
}

/** Starts a client with its own store, which takes orders and has them charged. */
async function startClient(errand: Errand): Promise<ChildProcess> {
  const client = startChild('order-and-die.ts', JSON.stringify(errand));
  children.push(client);
  await once(client, 'message');
  client.send('go');
  return client;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(10);
}

const urlOf = (port: number) => `http://127.0.0.1:${port}/`;
