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

/** The round trips of single messages at a moderate load, in ms, sorted: 8 connections, 800 messages a second. */
export async function roundTrips(port: number, seconds: number): Promise<readonly number[]> {
  const connections = await Promise.all(Array.from({ length: 8 }, () => open(port)));
  const times: number[] = [];
  const message = Buffer.alloc(100, 'm');
  const endAt = performance.now() + seconds * 1000;
  await Promise.all(
    connections.map(async (socket, index) => {
      await pause(index * 1.25);
      while (performance.now() < endAt) {
        const sentAt = performance.now();
        socket.write(message);
        await new Promise((resolve) => socket.once('data', resolve));
        times.push(performance.now() - sentAt);
        await pause(10);
      }
      socket.destroy();
    }),
  );
  return times.sort((a, b) => a - b);
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
