/** The client cannot locate the server: real processes are killed and brought back under calls. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { createRuntime, fallback, pipeline, retry, timeout } from '@seaworthy/protect';
import { type Endpoints, endpoints, httpCheck } from '@seaworthy/protect/endpoints';
import { createLogger, logEvents } from '@seaworthy/watch';
import { afterEach, describe, expect, it } from 'vitest';
import { ended, startChild } from './run-child.ts';

const runtime = createRuntime();
const alive = new Map<number, ChildProcess>();
const opened: Endpoints[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  await Promise.all([...alive.keys()].map((port) => stop(port)));
});

/** Starts a server, on the port it had before where one is given. */
async function start(port = 0): Promise<number> {
  const child = startChild('listen-and-answer.ts', String(port));
  const [address] = (await once(child, 'message')) as [{ port: number }];
  alive.set(address.port, child);
  return address.port;
}

async function stop(port: number): Promise<void> {
  const child = alive.get(port);
  alive.delete(port);
  child?.kill('SIGKILL');
  if (child !== undefined) await ended(child);
}

const urlOf = (port: number) => `http://127.0.0.1:${port}`;

/** Calls the stock service through retries; each call tells which server answered. */
function callerOf(inventory: Endpoints) {
  opened.push(inventory);
  const line = pipeline('stock', [retry({ attempts: 4 }), timeout('2s')], { runtime, idempotent: true });
  return () =>
    line.outcome((attempt) =>
      inventory.call(async ({ url, signal }) => Number(await (await fetch(url, { signal })).text()), attempt),
    );
}

/** Calls until each of `ports` has answered once more; fails when that takes too long. */
async function untilAllAnswer(call: ReturnType<typeof callerOf>, ports: readonly number[]): Promise<void> {
  const missing = new Set(ports);
  for (let i = 0; i < 2_000 && missing.size > 0; i++) {
    const outcome = await call();
    if (outcome.ok) missing.delete(outcome.value);
    await wait(10);
  }
  expect([...missing]).toEqual([]);
}

describe('servers that are killed one after another, and brought back', () => {
  it('no call fails while one of them lives, and each gets calls again when it is back', async () => {
    const ports = [await start(), await start(), await start()];
    const lines: string[] = [];
    const stream = { writableLength: 0, write: (text: string) => lines.push(text) };
    const stopLog = logEvents(
      runtime.events,
      createLogger({ service: 'shop', clock: runtime.clock, stream }),
    );
    const inventory = endpoints('inventory', {
      source: ports.map(urlOf),
      ejection: { consecutiveFailures: 2, baseTime: '200ms' },
      health: { check: httpCheck('/health'), interval: '100ms', timeout: '2s', unhealthyAfter: 2 },
      balance: 'round-robin',
      runtime,
    });
    const call = callerOf(inventory);
    await untilAllAnswer(call, ports);

    const failures: unknown[] = [];
    let calls = 0;
    const enough = new AbortController();
    const load = (async () => {
      while (!enough.signal.aborted) {
        const outcome = await call();
        calls++;
        if (!outcome.ok) failures.push(outcome.error);
        await wait(5);
      }
    })();
    for (const port of ports) {
      await stop(port);
      await wait(300);
      await start(port);
      await untilAllAnswer(call, ports);
    }
    await stop(ports[0]!);
    await stop(ports[1]!);
    await wait(500);
    enough.abort();
    await load;
    expect(failures).toEqual([]);
    expect(calls).toBeGreaterThan(100);

    await stop(ports[2]!);
    expect(await call()).toMatchObject({ ok: false, error: { cause: { code: 'ECONNREFUSED' } } });
    for (const port of ports) await start(port);
    await untilAllAnswer(call, ports);
    // In panic they answer before the checks have found them well.
    for (let i = 0; i < 2_000 && inventory.set.panics; i++) await wait(10);
    stopLog();
    const told = lines.map((line) => (JSON.parse(line) as { message: string }).message);
    expect(told).toContain('endpoints.health-changed');
    expect(told).toContain('endpoints.panic-began');
    expect(told).toContain('endpoints.panic-ended');
  });

  it('without health checks too: failed calls take a server out, and time brings it back', async () => {
    const ports = [await start(), await start(), await start()];
    const inventory = endpoints('inventory', {
      source: ports.map(urlOf),
      ejection: { consecutiveFailures: 2, baseTime: '300ms' },
      balance: 'random',
      runtime,
    });
    const call = callerOf(inventory);
    await untilAllAnswer(call, ports);
    await stop(ports[1]!);
    const ejected: string[] = [];
    const unsubscribe = runtime.events.subscribe((event) => {
      if (event.type === 'endpoints.ejected') ejected.push(event.endpoint);
    });
    for (let i = 0; i < 500 && ejected.length < 2; i++) {
      expect((await call()).ok).toBe(true);
      await wait(5);
    }
    unsubscribe();
    expect(ejected).toEqual([urlOf(ports[1]!), urlOf(ports[1]!)]);
    await start(ports[1]);
    await untilAllAnswer(call, ports);
  });
});

describe('a server that hangs', () => {
  it('costs the calls to it a time-out each, until it is taken out; awake again it gets calls', async () => {
    const ports = [await start(), await start(), await start()];
    const inventory = endpoints('inventory', {
      source: ports.map(urlOf),
      ejection: { consecutiveFailures: 2, baseTime: '500ms' },
      balance: 'round-robin',
      runtime,
    });
    const call = callerOf(inventory);
    await untilAllAnswer(call, ports);
    alive.get(ports[0]!)!.kill('SIGSTOP');
    const hanging = () => inventory.set.endpoints.find(({ url }) => url === urlOf(ports[0]!))!;
    for (let i = 0; i < 100 && !hanging().ejected; i++) expect((await call()).ok).toBe(true);
    expect(hanging()).toMatchObject({ ejected: true, inFlight: 0 });
    alive.get(ports[0]!)!.kill('SIGCONT');
    await untilAllAnswer(call, ports);
  });
});

describe('a registry that loses its entries', () => {
  it('calls find no server, a fallback answers, and they go on when the entries are back', async () => {
    const port = await start();
    let listed = [urlOf(port)];
    const inventory = endpoints('inventory', { source: async () => listed, runtime });
    opened.push(inventory);
    const line = pipeline('stock', [fallback((error) => ({ error })), retry(), timeout('2s')], {
      runtime,
      idempotent: true,
    });
    const call = () =>
      line.run((attempt) =>
        inventory.call(async ({ url, signal }) => (await fetch(url, { signal })).text(), attempt),
      );
    expect(await call()).toBe(String(port));
    listed = [];
    await inventory.refresh();
    expect(await call()).toMatchObject({
      error: { code: 'SERVER_NOT_FOUND', because: 'none-known', known: 0 },
    });
    const moved = await start();
    listed = [urlOf(moved)];
    // Nobody asks: that a call found no server is reason enough to ask the registry sooner.
    for (let i = 0; i < 1_000 && (await call()) !== String(moved); i++) await wait(20);
    expect(await call()).toBe(String(moved));
  });
});
