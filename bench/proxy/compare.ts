import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryOf1000, requests, roundTrips, throughput } from './measures.ts';
import {
  haproxy,
  installed,
  nginxStream,
  nodePipe,
  type Peer,
  seaworthy,
  Stage,
  startUpstreams,
  toxiproxy,
  type Upstreams,
} from './peers.ts';

/**
 * The proxy beside its peers, in one run: `node --conditions=@seaworthy/source bench/proxy/compare.ts [rounds]`.
 * It needs iperf3, wrk and nginx with its stream module (Debian: libnginx-mod-stream); HAProxy and Toxiproxy take part where
 * they are. `TOXIPROXY_SERVER=/path/to/toxiproxy-server npm run bench:proxy` names the program of the latter.
 *
 * Rounds go through all peers in turn, so that a busy machine is busy for all; the table shows medians. Single messages
 * are sent to all peers side by side. Where the machine does much else, `chrt -f 20 npm run bench:proxy` as root gives the
 * bench and its peers the processor first.
 */
const rounds = Number(process.argv[2] ?? 3);
const seconds = 2;
const upstreams: Upstreams = { iperf: 15_201, http: 15_202, echo: 15_203 };
const latencyMs = 10;

for (const [tool, flag] of [
  ['iperf3', '-v'],
  ['wrk', '-v'],
  ['nginx', '-v'],
] as const) {
  if (!installed(tool, flag))
    throw new Error(`The comparison needs ${tool}; install it (Debian: apt-get install ${tool}).`);
}

const folder = mkdtempSync(join(tmpdir(), 'seaworthy-bench-'));
const stage = new Stage(folder);
try {
  await startUpstreams(stage, upstreams);
  const peers: Peer[] = [{ name: 'direct', ports: upstreams, pids: [] }];
  peers.push(await seaworthy(stage, upstreams, 15_210));
  peers.push(await nginxStream(stage, upstreams, 15_220));
  if (installed('haproxy')) peers.push(await haproxy(stage, upstreams, 15_230));
  else console.log('HAProxy is not installed and takes no part.');
  peers.push(await nodePipe(stage, upstreams, 15_240));
  const program = process.env['TOXIPROXY_SERVER'] ?? 'toxiproxy-server';
  if (installed(program, '-version')) peers.push(await toxiproxy(stage, program, upstreams, 15_250));
  else console.log('Toxiproxy is not there (TOXIPROXY_SERVER names its program) and takes no part.');
  await compare(peers);
} finally {
  await stage.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function compare(peers: readonly Peer[]): Promise<void> {
  const samples = new Map<string, number[]>();
  const note = (peer: Peer, what: string, value: number) => {
    const key = `${peer.name}/${what}`;
    samples.set(key, [...(samples.get(key) ?? []), value]);
  };
  // Before any load, whose leftovers would hide it.
  for (const peer of peers)
    if (peer.pids.length > 0) note(peer, 'MB for 1,000 connections', await memoryOf1000(peer));
  for (let round = 0; round < rounds; round += 1) {
    for (const peer of peers) {
      note(peer, 'Gbit/s, 1 stream', await throughput(peer.ports.iperf, 1, seconds));
      note(peer, 'Gbit/s, 100 streams', await throughput(peer.ports.iperf, 100, seconds));
      note(peer, 'requests/s', await requests(peer.ports.http, seconds));
    }
    const times = await roundTrips(
      peers.map(({ ports }) => ports.echo),
      2 * seconds * peers.length,
    );
    const direct = times[0] ?? [];
    for (const [index, peer] of peers.entries()) {
      const own = times[index] ?? [];
      for (const [name, share] of [
        ['p50', 0.5],
        ['p99', 0.99],
      ] as const) {
        note(peer, `${name} ms`, quantile(own, share));
        note(peer, `added ${name} ms`, quantile(own, share) - quantile(direct, share));
      }
    }
    for (const peer of peers) {
      if (!peer.setLatency) continue;
      await peer.setLatency(latencyMs);
      note(peer, `Gbit/s, ${latencyMs} ms latency`, await throughput(peer.ports.iperf, 1, seconds));
      note(peer, `requests/s, ${latencyMs} ms latency`, await requests(peer.ports.http, seconds));
      await peer.setLatency(0);
    }
  }
  for (const peer of peers)
    if (peer.pids.length > 0) note(peer, 'MB for 1,000 connections', await memoryOf1000(peer));
  print(peers, samples);
}

function print(peers: readonly Peer[], samples: ReadonlyMap<string, readonly number[]>): void {
  const columns = [...new Set([...samples.keys()].map((key) => key.slice(key.indexOf('/') + 1)))];
  const value = (peer: string, column: string) => median(samples.get(`${peer}/${column}`) ?? []);
  console.log(`| | ${columns.join(' | ')} |`);
  console.log(`|---|${'---|'.repeat(columns.length)}`);
  for (const { name } of peers) {
    const cells = columns.map((column) => show(value(name, column)));
    console.log(`| ${[name, ...cells].join(' | ')} |`);
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function show(value: number): string {
  if (Number.isNaN(value)) return '-';
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}
