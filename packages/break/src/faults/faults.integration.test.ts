import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createExhaustDisk } from './exhaust-disk.ts';
import type { FaultHost, LinkHandle, LoadHandle, ServiceHandle } from './fault.ts';
import { testFault } from './fixtures/contract.ts';
import { realHost, serviceName } from './fixtures/real-host.ts';
import {
  bandwidth,
  callError,
  callLatency,
  connectionRefused,
  connectionReset,
  dnsFailure,
  exhaustCpu,
  exhaustDisk,
  exhaustMemory,
  halfOpen,
  hang,
  httpCorrupt,
  httpDelay,
  httpDuplicate,
  httpStatus,
  httpTruncate,
  jitter,
  kill,
  latency,
  lostReply,
  lostRequest,
  packetLoss,
  partition,
  trafficSpike,
} from './index.ts';

const megabyte = 2 ** 20;

/** A host whose service is another. */
function withService(change: (service: ServiceHandle) => Partial<ServiceHandle>) {
  return (host: FaultHost): FaultHost => {
    const service = host.service(serviceName);
    return { ...host, service: () => layOver(service, change(service)) };
  };
}

function withLink(change: (link: LinkHandle) => Partial<LinkHandle>) {
  return (host: FaultHost): FaultHost => {
    const [link] = host.linksTo(serviceName);
    if (!link) throw new Error('no link');
    const changed = layOver(link, change(link));
    return { ...host, link: () => changed, linksTo: (name) => (name === serviceName ? [changed] : []) };
  };
}

/** Not by copying: what changes with time, such as a pid, must be read anew. */
function layOver<T extends object>(base: T, change: Partial<T>): T {
  return Object.assign(Object.create(base), change) as T;
}

/** A toxic of the right name that does nothing. */
const withoutToxic = withLink((link) => ({
  addToxic: (name, _type, stream) => link.addToxic(name, 'noop', stream, {}),
}));

/** An agent that only measures. */
const withoutAgent = withService((service) => ({
  beginInside: (id, _fault, _options, leaseMs) => service.beginInside(id, 'measure', {}, leaseMs),
}));

testFault('kill', {
  kind: kill,
  target: 'service',
  deed: 'SIGKILL',
  sabotage: withService(() => ({ signal: () => true })),
});

testFault('hang', {
  kind: hang,
  target: 'service',
  deed: 'SIGSTOP',
  sabotage: withService((service) => ({
    signal: (signal) => signal === 'SIGSTOP' || service.signal(signal),
  })),
});

testFault('latency on a link', {
  kind: latency,
  target: 'link',
  options: { delay: 300, jitter: 100 },
  deed: 'add latency',
  sabotage: withoutToxic,
});

testFault('latency towards a service', {
  kind: latency,
  target: 'service',
  deed: 'add latency',
  sabotage: withoutToxic,
});

testFault('partition', {
  kind: partition,
  target: 'link',
  deed: 'add drop',
  sabotage: withoutToxic,
});

testFault('partition between groups, of what the one sends', {
  kind: partition,
  target: 'groups',
  options: { way: 'back' },
  deed: 'add drop',
  sabotage: withoutToxic,
});

testFault('partition that comes and goes', {
  kind: partition,
  target: 'service',
  options: { flap: 1_000 },
  deed: 'add drop',
  sabotage: withoutToxic,
});

testFault('jitter', {
  kind: jitter,
  target: 'link',
  options: { mean: 300, longest: 1_000 },
  deed: 'add jitter',
  sabotage: withoutToxic,
});

testFault('bandwidth', {
  kind: bandwidth,
  target: 'link',
  deed: 'add bandwidth',
  sabotage: withoutToxic,
});

testFault('packet-loss', {
  kind: packetLoss,
  target: 'link',
  options: { share: 0.5, retransmit: 300 },
  deed: 'add packet_loss',
  sabotage: withoutToxic,
});

testFault('half-open to the caller', {
  kind: halfOpen,
  target: 'link',
  deed: 'add half_open',
  sabotage: withoutToxic,
});

testFault('half-open to the service', {
  kind: halfOpen,
  target: 'service',
  options: { stays: 'service' },
  deed: 'add half_open',
  sabotage: withoutToxic,
});

testFault('connection-reset', {
  kind: connectionReset,
  target: 'link',
  options: { share: 0.5 },
  deed: 'add reset_peer',
  sabotage: withoutToxic,
});

testFault('http-status', {
  kind: httpStatus,
  target: 'link',
  options: { status: 500, method: 'GET', path: '/*' },
  deed: 'add http_status',
  sabotage: withoutToxic,
});

testFault('http-delay', {
  kind: httpDelay,
  target: 'link',
  options: { delay: 300 },
  deed: 'add http_delay',
  sabotage: withoutToxic,
});

testFault('http-truncate', {
  kind: httpTruncate,
  target: 'link',
  deed: 'add http_truncate',
  sabotage: withoutToxic,
});

testFault('http-corrupt', {
  kind: httpCorrupt,
  target: 'link',
  deed: 'add http_corrupt',
  sabotage: withoutToxic,
});

testFault('http-duplicate', {
  kind: httpDuplicate,
  target: 'link',
  deed: 'add http_duplicate',
  sabotage: withoutToxic,
});

testFault('lost-reply', {
  kind: lostReply,
  target: 'link',
  deed: 'add drop',
  sabotage: withoutToxic,
});

testFault('lost-request', {
  kind: lostRequest,
  target: 'link',
  options: { share: 1 },
  deed: 'add drop',
  sabotage: withoutToxic,
});

testFault('connection-refused', {
  kind: connectionRefused,
  target: 'service',
  deed: 'disable',
  sabotage: withLink(() => ({ setEnabled: () => Promise.resolve() })),
});

testFault('call-latency', {
  kind: callLatency,
  target: 'service',
  options: { injector: 'stock', share: 0.5 },
  deed: 'begin inject-into-calls',
  sabotage: withoutAgent,
});

testFault('call-error', {
  kind: callError,
  target: 'service',
  options: { injector: 'stock', what: 'reply' },
  deed: 'begin inject-into-calls',
  sabotage: withoutAgent,
});

testFault('exhaust-cpu', {
  kind: exhaustCpu,
  target: 'service',
  deed: 'begin exhaust-cpu',
  sabotage: withoutAgent,
});

testFault('exhaust-memory outside the heap', {
  kind: exhaustMemory,
  target: 'service',
  options: { size: 128 * megabyte },
  deed: 'begin exhaust-memory',
  sabotage: withoutAgent,
});

testFault('exhaust-memory in the heap', {
  kind: exhaustMemory,
  target: 'service',
  options: { size: 64 * megabyte, area: 'heap' },
  deed: 'begin exhaust-memory',
  sabotage: withoutAgent,
});

if (process.platform === 'linux') {
  testFault('exhaust-disk by a limit', {
    kind: exhaustDisk,
    target: 'service',
    deed: '',
    sabotaged: createExhaustDisk((_program, args) =>
      Promise.resolve(args.includes('--output') ? 'unlimited\n' : ''),
    ),
  });
}

testFault('exhaust-disk by a file', {
  kind: exhaustDisk,
  target: 'service',
  options: { how: 'fill', size: 8 * megabyte, 'keep-free': 64 * megabyte },
  deed: '',
  async spoil(host) {
    await rm(join(host.service(serviceName).dataFolder, '.seaworthy-fill-fault-1'));
  },
});

test('dns-failure on loopback, where there are no names, says what to do', async () => {
  const host = await realHost();
  onTestFinished(() => host.close());
  const options = { answer: 'silence', share: 1, delay: 1_000 } as const;
  const target = { kind: 'service', service: serviceName } as const;
  await expect(dnsFailure.inject({ id: 'lost', target, forMs: 1_000, options }, host)).rejects.toMatchObject({
    code: 'FAULT_IMPOSSIBLE',
    message: expect.stringContaining('`network: namespaces`') as string,
  });
  expect(host.intents).toEqual([]);
});

testFault('traffic-spike', {
  kind: trafficSpike,
  target: 'load',
  deed: '',
  sabotage: (host) => {
    const load = host.load();
    const changed: LoadHandle = layOver(load, { setRate() {} });
    return { ...host, load: () => changed };
  },
});
