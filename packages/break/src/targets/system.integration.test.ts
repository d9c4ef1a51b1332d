import { readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemWorld } from '../journal/ledger/system-world.ts';
import { type Stage, openStage } from './fixtures/stage.ts';
import { silentChannel, tinyService, tinySystem } from './fixtures/systems.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  expect(await stage.close()).toEqual({ ok: true, strays: 0, undone: 0 });
});

const shop = tinySystem(
  tinyService('gateway', { calls: ['orders'] }),
  tinyService('orders', { calls: ['payment'], env: { COLOUR: 'blue' } }),
  tinyService('payment'),
);

async function getText(url: string): Promise<string> {
  return (await fetch(url, { signal: AbortSignal.timeout(10_000) })).text();
}

describe('a system', () => {
  it('runs as processes of their own, in the order of their calls, and is told of each step', async () => {
    const system = await stage.start(shop);
    const ready = stage.records.flatMap((record) =>
      record.kind === 'service' && record.state === 'ready' ? [record.service] : [],
    );
    expect(ready).toEqual(['payment', 'orders', 'gateway']);
    const pids = system.services.map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(3);
    expect(pids).not.toContain(process.pid);
    const reports = await system.stop();
    expect(reports).toEqual(['gateway', 'orders', 'payment'].map((service) => ({ service, how: 'exited' })));
    expect(stage.statesOf('orders')).toEqual(['starting', 'ready', 'stopped']);
    expect(system.services.map(({ pid }) => pid)).toEqual([undefined, undefined, undefined]);
  });

  it('gives each service its port, its data folder, its mode and the addresses of whom it calls', async () => {
    const system = await stage.start(shop, { mode: 'naive' });
    const environment = JSON.parse(await getText(`${system.variables['orders']}/environment`)) as unknown;
    expect(environment).toMatchObject({
      PORT: new URL(system.service('orders').url).port,
      DATA_FOLDER: join(stage.runFolder, 'data', 'orders'),
      MODE: 'naive',
      COLOUR: 'blue',
      PAYMENT_URL: system.link('orders', 'payment').url,
      SEAWORTHY_WATCH_URL: silentChannel.url,
      SEAWORTHY_WATCH_TOKEN: silentChannel.token,
      SEAWORTHY_SERVICE: 'orders',
    });
    expect(environment).not.toHaveProperty('GATEWAY_URL');
    expect(system.variables['orders.data']).toBe(join(stage.runFolder, 'data', 'orders'));
    expect(system.variables['gateway']).toBe(system.service('gateway').url);
  });

  it('keeps what the services print', async () => {
    const system = await stage.start(shop);
    await system.stop();
    expect((await readdir(join(stage.runFolder, 'logs'))).toSorted()).toEqual([
      'gateway.jsonl',
      'orders.jsonl',
      'payment.jsonl',
    ]);
    const [line = ''] = (await readFile(join(stage.runFolder, 'logs', 'gateway.jsonl'), 'utf8')).split('\n');
    expect(JSON.parse(line)).toMatchObject({ stream: 'stdout', log: { message: 'starting' } });
  });

  it('knows its parts, and says which there are', async () => {
    const system = await stage.start(shop);
    expect(system.linksTo('payment').map(({ from }) => from)).toEqual(['orders']);
    expect(system.linksTo('gateway')).toEqual([]);
    expect(() => system.service('payments')).toThrow(
      /no service `payments`.*there is: gateway, orders, payment/,
    );
    expect(() => system.link('gateway', 'payment')).toThrow(/there is: gateway -> orders, orders -> payment/);
    expect(await system.service('payment').beginInside('f', 'exhaust-cpu', {}, 1)).toEqual({
      measured: { begun: 1 },
    });
  });

  it('is stopped once, however often it is told to', async () => {
    const system = await stage.start(shop);
    expect(await Promise.all([system.stop(), system.stop()])).toHaveLength(2);
    await system.stop();
    expect(stage.statesOf('payment').filter((state) => state === 'stopped')).toHaveLength(1);
    await expect(system.service('payment').restart()).rejects.toMatchObject({ code: 'SYSTEM_STOPPED' });
  });

  it('starts services that call each other in a circle', async () => {
    const system = await stage.start(
      tinySystem(
        tinyService('a', { calls: ['b'] }),
        tinyService('b', { calls: ['a'], behaviour: 'squat-once' }),
      ),
    );
    // The second one found its port taken, and is at another one now: the link leads there.
    expect(stage.statesOf('b')).toEqual(['starting', 'exited', 'starting', 'ready']);
    expect(await getText(`${system.variables['a']}/call?to=B`)).toBe('ready');
    expect(await getText(`${system.variables['b']}/call?to=A`)).toBe('ready');
  });
});

describe('a link', () => {
  it('carries the calls of one service to another, and can be cut and mended', async () => {
    const system = await stage.start(shop);
    const link = system.link('gateway', 'orders');
    const call = () => getText(`${system.variables['gateway']}/call?to=ORDERS`);
    expect(await call()).toBe('ready');
    expect(link.counters().connections).toBeGreaterThanOrEqual(1);
    expect(link.counters().downstreamBytes).toBeGreaterThan(0);

    await link.setEnabled(false);
    expect(await call()).toContain('failed');
    await expect(link.check(2_000)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect((await system.service('orders').check(2_000)).status).toBe(200);

    await link.setEnabled(true);
    expect(await call()).toBe('ready');
  });

  it('has toxics', async () => {
    const system = await stage.start(shop);
    const link = system.link('gateway', 'orders');
    await link.addToxic('slow', 'latency', 'downstream', { latency: 400 });
    expect(link.toxics()).toEqual(['slow']);
    expect((await link.check(5_000)).durationMs).toBeGreaterThan(350);
    await link.removeToxic('slow');
    await link.removeToxic('slow');
    expect(link.toxics()).toEqual([]);
  });
});

describe('a service', () => {
  it('that was killed is told, and starts again at the same place as another process', async () => {
    const system = await stage.start(shop);
    const exits: unknown[] = [];
    system.onExit((exit) => exits.push(exit));
    const payment = system.service('payment');
    const { pid, startedAt, url, dataFolder } = payment;
    expect(payment.signal('SIGKILL')).toBe(true);
    await Promise.all([payment.restart(), payment.restart()]);
    expect(exits).toEqual([{ service: 'payment', pid, code: null, signal: 'SIGKILL' }]);
    expect(stage.statesOf('payment')).toEqual(['starting', 'ready', 'exited', 'restarted', 'ready']);
    expect(payment).toMatchObject({ url, dataFolder });
    expect([payment.pid, payment.startedAt]).not.toEqual([pid, startedAt]);
    expect(await getText(`${system.variables['orders']}/call?to=PAYMENT`)).toBe('ready');
  });

  it('is not started again while it runs', async () => {
    const system = await stage.start(tinySystem(tinyService('payment')));
    await expect(system.service('payment').restart()).rejects.toMatchObject({ code: 'SERVICE_RUNNING' });
  });

  it('that was stopped answers nothing until it goes on', async () => {
    const system = await stage.start(tinySystem(tinyService('payment')));
    const payment = system.service('payment');
    payment.signal('SIGSTOP');
    await expect(payment.check(300)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    payment.signal('SIGCONT');
    expect(await payment.check(10_000)).toMatchObject({ status: 200 });
    // Stopped again, it is still ended with the system.
    payment.signal('SIGSTOP');
    expect(await system.stop()).toEqual([{ service: 'payment', how: 'exited' }]);
  });

  it('that takes no notice of SIGTERM is killed after the grace, which is told', async () => {
    const system = await stage.start(tinySystem(tinyService('stubborn', { behaviour: 'ignore-sigterm' })));
    expect(await system.stop(200)).toEqual([{ service: 'stubborn', how: 'killed' }]);
    expect(stage.records.at(-1)).toMatchObject({
      state: 'stopped',
      detail: expect.stringContaining('200 ms') as string,
    });
  });

  it('takes its children with it when it is killed', async () => {
    const system = await stage.start(tinySystem(tinyService('parent', { behaviour: 'child-in-group' })));
    const parent = system.service('parent');
    const group = parent.pid ?? 0;
    // The parent alone, as a crash of it would.
    process.kill(group, 'SIGKILL');
    await parent.restart();
    const { processes } = systemWorld(async () => {});
    expect(processes.list().filter((one) => one.group === group)).toEqual([]);
  });

  it('keeps the port that the system file gives it', async () => {
    const port = await freePort();
    const system = await stage.start(tinySystem(tinyService('fixed', { port })));
    expect(system.variables['fixed']).toBe(`http://127.0.0.1:${port}`);
  });
});

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
