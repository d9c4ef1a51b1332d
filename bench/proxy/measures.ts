import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import type { Peer } from './peers.ts';

const run = promisify(execFile);

/** Bytes from client to server by iperf3, in Gbit/s. */
export async function throughput(port: number, streams: number, seconds: number): Promise<number> {
  const args = ['-c', '127.0.0.1', '-p', String(port), '-t', String(seconds), '-P', String(streams), '-J'];
  for (let tries = 0; ; tries += 1) {
    const { stdout } = await run('iperf3', args, { maxBuffer: 64e6 }).catch(
      (error: { stdout: string }) => error,
    );
    const result = JSON.parse(stdout || '{}') as {
      end?: { sum_received?: { bits_per_second?: number } };
      error?: string;
    };
    const bits = result.end?.sum_received?.bits_per_second;
    if (bits !== undefined) return bits / 1e9;
    // The one iperf3 server may still be busy with the peer before.
    if (tries === 5) throw new Error(`iperf3: ${result.error ?? 'no result'}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Small HTTP requests on 50 connections by wrk, a second. */
export async function requests(port: number, seconds: number): Promise<number> {
  const { stdout } = await run('wrk', ['-t1', '-c50', `-d${seconds}`, `http://127.0.0.1:${port}/`]);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? Number.NaN);
}

/** How many messages a second are sent at a moderate load, over all that are measured side by side. */
const messagesPerSecond = 800;
const connectionsEach = 4;

/**
 * The round trips of single messages at a moderate load, in ms and sorted, to several ports side by side: each message goes
 * to the next port, on schedule, whatever became of the one before it. So whatever else the machine does meets all of them
 * alike, and what a proxy adds is the difference to the port without one.
 */
export async function roundTrips(
  ports: readonly number[],
  seconds: number,
): Promise<readonly (readonly number[])[]> {
  const lanes = await Promise.all(
    ports.map((port) => Promise.all(Array.from({ length: connectionsEach }, () => open(port)))),
  );
  for (const lane of lanes) await warmUp(lane);
  const times: number[][] = ports.map(() => []);
  const message = Buffer.alloc(100, 'm');
  const waiting = new Set<Socket>();
  const startedAt = performance.now();
  for (let sent = 0; performance.now() - startedAt < seconds * 1000; sent += 1) {
    const dueMs = startedAt + (sent * 1000) / messagesPerSecond - performance.now();
    if (dueMs > 0) await pause(dueMs);
    const lane = sent % ports.length;
    const socket = lanes[lane]?.find((candidate) => !waiting.has(candidate));
    // All of its connections wait for an answer: such a peer is too slow for this load, which its other times show.
    if (!socket) continue;
    waiting.add(socket);
    const sentAt = performance.now();
    socket.write(message);
    socket.once('data', () => {
      times[lane]?.push(performance.now() - sentAt);
      waiting.delete(socket);
    });
  }
  for (const socket of lanes.flat()) socket.destroy();
  return times.map((some) => some.sort((a, b) => a - b));
}

/** What a proxy does for the first time takes longer than ever after: that is over before it is measured. */
async function warmUp(lane: readonly Socket[]): Promise<void> {
  for (let sent = 0; sent < 2_000; sent += 1) {
    const socket = lane[sent % lane.length];
    if (!socket) return;
    socket.write('warm');
    await new Promise((resolve) => socket.once('data', resolve));
  }
}

/** What the peer's memory grows by while it holds 1,000 connections that have carried a message, in MB. */
export async function memoryOf1000(peer: Peer): Promise<number> {
  const before = resident(peer.pids);
  const sockets: Socket[] = [];
  for (let i = 0; i < 1000; i += 1) {
    const socket = await open(peer.ports.echo);
    sockets.push(socket);
    socket.write('hello');
    await new Promise((resolve) => socket.once('data', resolve));
  }
  const grown = resident(peer.pids) - before;
  for (const socket of sockets) socket.destroy();
  await pause(300);
  return grown / 1e6;
}

function resident(pids: readonly number[]): number {
  const sizes = pids.map(
    (pid) => /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0,
  );
  return sizes.reduce<number>((sum, size) => sum + Number(size) * 1024, 0);
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
