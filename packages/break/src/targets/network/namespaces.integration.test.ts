import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createNativeTimers, monotonicClock } from '@seaworthy/protect';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultHost } from '../../faults/fault.ts';
import { dnsFailure } from '../../faults/dns-failure.ts';
import { partition } from '../../faults/partition.ts';
import { openStage, type Stage } from '../fixtures/stage.ts';
import { silentChannel, tinyService, tinySystem } from '../fixtures/systems.ts';
import type { RunningSystem } from '../system.ts';
import { whyNoNamespaces } from './fixtures/rights.ts';

const lacking = whyNoNamespaces();
const inNamespaces = {
  ...tinySystem(
    tinyService('gateway', { calls: ['orders'] }),
    tinyService('orders', { calls: ['payment'] }),
    tinyService('payment', { port: 4100 }),
  ),
  network: 'namespaces',
} as const;

// Without the rights there is one clear error, which is tried where they are missing.
describe.runIf(lacking !== undefined)(`a system in namespaces, which needs more here: ${lacking}`, () => {
  it('is refused before anything runs, with what is missing and what to use instead', async () => {
    const stage = await openStage();
    await expect(stage.start(inNamespaces)).rejects.toThrow(/CAP_|is not installed|could not change/);
    expect(stage.records).toEqual([]);
    expect(await stage.close()).toMatchObject({ ok: true, strays: 0 });
  });
});

describe.skipIf(lacking !== undefined)('a system in namespaces', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await openStage();
  });
  afterEach(async () => {
    expect(await stage.close()).toMatchObject({ ok: true, strays: 0, undone: 0 });
    expect(await namespacesOf(stage.runFolder)).toEqual([]);
  });

  it('runs as on loopback: services call each other, the lab reaches each, and each reaches the lab', async () => {
    const lab = await listenForWords();
    const watch = { ...silentChannel, url: `tcp://127.0.0.1:${lab.port}` };
    const system = await stage.start(inNamespaces, { watch });
    expect(await getText(`${system.variables['gateway']}/call?to=ORDERS`)).toBe('ready');
    expect(await getText(`${system.variables['orders']}/call?to=PAYMENT`)).toBe('ready');
    expect(system.service('payment').url).toMatch(/^http:\/\/198\.1[89]\.\d+\.\d+:4100$/);
    expect((await system.link('orders', 'payment').check(5_000)).status).toBe(200);
    expect((await system.link('orders', 'payment').network?.check(5_000))?.status).toBe(200);

    const url = encodeURIComponent(`http://127.0.0.1:${lab.port}`);
    expect(await getText(`${system.variables['gateway']}/fetch?url=${url}`)).toBe('the lab');
    lab.close();
  });

  it('hides the services from each other but for the calls that they declare', async () => {
    const system = await stage.start(inNamespaces);
    const url = encodeURIComponent(`${system.service('payment').url}/ready`);
    expect(await getText(`${system.variables['gateway']}/fetch?url=${url}`)).toContain('failed');
  });

  it('is parted by the kernel: nothing connects, open connections outlive it, no other link is hit', async () => {
    const system = await stage.start(inNamespaces);
    const orders = `${system.variables['orders']}/call?to=PAYMENT`;
    const held = (deed: string) => getText(`${system.variables['orders']}/${deed}?to=PAYMENT`);
    expect(await held('hold')).toBe('held');
    expect(await held('ask-held')).toContain('200 OK');
    const active = await partition.inject(
      {
        id: 'parted',
        target: { kind: 'link', from: 'orders', to: 'payment' },
        forMs: 10_000,
        options: { way: 'both', flap: 0 },
      },
      hostOf(system, stage),
    );
    expect(await getText(orders)).toContain('TimeoutError');
    expect(await getText(`${system.variables['gateway']}/call?to=ORDERS`)).toBe('ready');
    // No toxic of the proxy is on, and the services themselves are well.
    expect(system.link('orders', 'payment').toxics()).toEqual([]);
    expect((await system.service('payment').check(5_000)).status).toBe(200);
    expect(await active.observe()).toMatchObject({
      before: expect.stringContaining('answers 200') as string,
      during: expect.stringContaining('no answer in') as string,
      bites: true,
    });
    expect(await held('ask-held')).toBe('silence');

    await active.undo();
    expect(await active.observe()).toMatchObject({ bites: false });
    expect(await getText(orders)).toBe('ready');
    // What was on its way when it was cut arrives late, as TCP sends it again.
    expect(await held('hear-held')).toContain('200 OK');
  });

  it.each(['there', 'back'] as const)('is parted one way: %s', async (way) => {
    const system = await stage.start(inNamespaces);
    const active = await partition.inject(
      {
        id: 'parted',
        target: { kind: 'groups', left: ['orders'], right: ['payment'], mutual: true },
        forMs: 10_000,
        options: { way, flap: 0 },
      },
      hostOf(system, stage),
    );
    expect(await active.observe()).toMatchObject({ bites: true });
    await active.undo();
    expect(await getText(`${system.variables['orders']}/call?to=PAYMENT`)).toBe('ready');
  });

  it.each([
    ['no-such-name', 'ENOTFOUND'],
    ['wrong-address', '192.0.2.1'],
    ['silence', 'ETIMEDOUT'],
    ['delay', '198.1'],
  ] as const)('loses the names of services: %s', async (answer, seen) => {
    const system = await stage.start(inNamespaces);
    const environment = JSON.parse(await getText(`${system.variables['orders']}/environment`)) as object;
    expect(environment).toMatchObject({
      PAYMENT_URL: expect.stringContaining('payment.seaworthy.test') as string,
    });
    const active = await dnsFailure.inject(
      {
        id: 'lost',
        target: { kind: 'service', service: 'payment' },
        forMs: 10_000,
        options: { answer, share: 1, delay: 500 },
      },
      hostOf(system, stage),
    );
    const { before, during, bites } = await active.observe();
    expect({ before, during, bites }).toMatchObject({
      before: expect.stringMatching(/^198\.1[89]\./) as string,
      during: expect.stringContaining(seen) as string,
      bites: true,
    });
    const called = await getText(`${system.variables['orders']}/call?to=PAYMENT`);
    expect(called).toMatch(answer === 'delay' ? /^ready$/ : /failed|Timeout/);
    // Other names are still found.
    expect(await getText(`${system.variables['gateway']}/call?to=ORDERS`)).toBe('ready');
    await active.undo();
    expect(await active.observe()).toMatchObject({ bites: false });
    expect(await getText(`${system.variables['orders']}/call?to=PAYMENT`)).toBe('ready');
  });

  it('has its services killed and started again in the same place', async () => {
    const system = await stage.start(inNamespaces);
    system.service('payment').signal('SIGKILL');
    await system.service('payment').restart();
    expect(await getText(`${system.variables['orders']}/call?to=PAYMENT`)).toBe('ready');
  });

  it('leaves nothing behind when a service does not come up', async () => {
    const broken = {
      ...tinySystem(tinyService('payment'), tinyService('broken', { behaviour: 'exit' })),
      network: 'namespaces',
    } as const;
    await expect(stage.start(broken)).rejects.toMatchObject({ code: 'SERVICE_EXITED' });
  });
});

describe.skipIf(lacking !== undefined)('a runner that is killed while the network is parted', () => {
  it('leaves no process, no namespace and no device', async () => {
    const runFolder = await mkdtemp(join(tmpdir(), 'namespaces-'));
    const file = fileURLToPath(new URL('./fixtures/runner.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=@seaworthy/source', file, runFolder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      said += text as string;
      if (said.includes('parted')) break;
    }
    expect(await namespacesOf(runFolder)).toHaveLength(2);
    child.kill('SIGKILL');
    const until = performance.now() + 10_000;
    while ((await namespacesOf(runFolder)).length > 0 && performance.now() < until) await sleep(50);
    expect(await namespacesOf(runFolder)).toEqual([]);
    const undone = () => readFile(join(runFolder, 'ledger', 'undone.jsonl'), 'utf8');
    await expect.poll(undone, { timeout: 10_000 }).toContain('"ok":true,"strays":0,"trouble":[]');
    expect(await undone()).toContain('delete table inet seaworthy_');
    expect(await devicesOf(runFolder)).toEqual([]);
    await rm(runFolder, { recursive: true });
  });
});

/** The namespaces of a run that are still there; its ledger says how they are called. */
async function namespacesOf(runFolder: string): Promise<readonly string[]> {
  return stillThere(runFolder, /ip","netns","del","([\w-]+)"/g, '/run/netns');
}

async function devicesOf(runFolder: string): Promise<readonly string[]> {
  return stillThere(runFolder, /ip","link","del","([\w-]+)"/g, '/sys/class/net');
}

async function stillThere(runFolder: string, pattern: RegExp, folder: string): Promise<readonly string[]> {
  const ledger = await readFile(join(runFolder, 'ledger', 'ledger.jsonl'), 'utf8').catch(() => '');
  const names = new Set([...ledger.matchAll(pattern)].map(([, name = '']) => name));
  const there = await readdir(folder).catch(() => []);
  return there.filter((name) => names.has(name));
}

function hostOf(system: RunningSystem, { ledger }: Stage): FaultHost {
  return {
    intend: (owner, steps) => ledger.intend(owner, steps),
    service: (name) => system.service(name),
    link: (from, to) => system.link(from, to),
    linksTo: (service) => system.linksTo(service),
    load() {
      throw new Error('no load');
    },
    clock: monotonicClock,
    timers: createNativeTimers(),
  };
}

/** A server on the loopback of the lab. */
async function listenForWords(): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((_, response) => response.end('the lab')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function getText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve(text));
    }).once('error', reject);
  });
}
