/** Sessions with real databases through every toxic: what may not be lost arrives byte for byte, in both directions. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { type Proxy, proxy, type ToxicOptions, toxicKinds } from '@seaworthy/break/proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../scripts/suite/find-program.ts';
import { startPostgres } from '../servers/postgres.ts';
import { startRedis } from '../servers/redis.ts';
import type { Server } from '../servers/server.ts';

const bytesEach = 3 * 2 ** 20;

/** Toxics that lose nothing, each with values that bite; a database speaks no HTTP, so those of HTTP let it pass. */
const harmless: readonly ToxicOptions[] = [
  { type: 'noop' },
  { type: 'latency', attributes: { latency: 20, jitter: 20 } },
  { type: 'bandwidth', attributes: { rate: 8_000 } },
  { type: 'slicer', attributes: { average_size: 1_500, size_variation: 1_000, delay: 10 } },
  { type: 'jitter', attributes: { distribution: 'pareto', mean: 3, max: 100 } },
  { type: 'packet_loss', attributes: { probability: 0.002, retransmit: 10 } },
  { type: 'stall', attributes: { duration: 20, interval: 60 } },
  { type: 'slow_close', attributes: { delay: 50 } },
  ...toxicKinds
    .filter(({ acts }) => acts === 'on-http')
    .map(({ type }) => ({ type, attributes: type === 'http_delay' ? { delay: 50 } : {} })),
];
/** Toxics that are there to break connections, with values that do so in the midst of the transfer. */
const harmful: readonly ToxicOptions[] = [
  { type: 'limit_data', attributes: { bytes: bytesEach / 2 } },
  { type: 'reset_peer', attributes: { timeout: 30 } },
  { type: 'timeout', attributes: { timeout: 100 } },
  { type: 'drop' },
  { type: 'half_open' },
  { type: 'refuse' },
];

it('names every toxic there is', () => {
  const named = [...harmless, ...harmful].map(({ type }) => type);
  expect(named.toSorted()).toEqual(toxicKinds.map(({ type }) => type).toSorted());
});

/** A database under test: keeps bytes, gives them back, and says what it has when asked without a proxy. */
interface Database {
  readonly name: string;
  start(): Promise<Server>;
  /** Writes the bytes over an address of its own; rejects when the program fails or takes longer than 2 s. */
  write(url: string, bytes: Buffer, withinMs: number): Promise<void>;
  read(url: string): Promise<Buffer>;
}

const postgres: Database = {
  name: 'PostgreSQL',
  start: startPostgres,
  async write(url, bytes, withinMs) {
    const statements = ['drop table if exists kept', 'create table kept (line text)', 'copy kept from stdin'];
    const commands = statements.flatMap((statement) => ['--command', statement]);
    await run(['psql', '--no-psqlrc', '--quiet', '--single-transaction', ...commands, url], bytes, withinMs);
  },
  read: (url) => run(['psql', '--no-psqlrc', '--quiet', '--command', 'copy kept to stdout', url]),
};

const redis: Database = {
  name: 'Redis',
  start: startRedis,
  async write(url, bytes, withinMs) {
    const said = await run(['redis-cli', '-e', '-u', url, '-x', 'set', 'kept'], bytes, withinMs);
    expect(said.toString()).toBe('OK\n');
  },
  async read(url) {
    const said = await run(['redis-cli', '-e', '-u', url, '--raw', 'get', 'kept']);
    return said.subarray(0, -1);
  },
};

describe.each([postgres, redis])('$name behind a proxy', (database) => {
  let server: Server;
  let link: Proxy;
  /** The address of the database, by way of the proxy. */
  let url: string;

  beforeAll(async () => {
    server = await database.start();
    link = await proxy({ upstream: `127.0.0.1:${server.port}`, seed: 7 });
    url = server.url.replace(`127.0.0.1:${server.port}`, link.listen);
  });
  afterAll(async () => {
    await link.close();
    await server.stop();
  });

  it.each(harmless)('has all its bytes right under $type', async (toxic) => {
    const bytes = lines(bytesEach);
    for (const stream of ['upstream', 'downstream'] as const) await link.addToxic({ ...toxic, stream });
    try {
      await database.write(url, bytes, 60_000);
      expect(checksum(await database.read(server.url))).toBe(checksum(bytes));
      expect(checksum(await database.read(url))).toBe(checksum(bytes));
    } finally {
      for (const { name } of link.toxics) await link.removeToxic(name);
    }
  });

  it.each(harmful)('keeps what it had, and works on, after $type cut a session short', async (toxic) => {
    const before = lines(10_000);
    await database.write(url, before, 60_000);
    await link.addToxic({ ...toxic, stream: 'upstream' });
    await expect(database.write(url, lines(bytesEach), 2_000)).rejects.toThrow();
    for (const { name } of link.toxics) await link.removeToxic(name);
    expect(checksum(await database.read(server.url))).toBe(checksum(before));
    const after = lines(10_000);
    await database.write(url, after, 60_000);
    expect(checksum(await database.read(url))).toBe(checksum(after));
    await expect.poll(() => link.connections()).toEqual([]);
  });
});

/** Random text in lines, which both databases take as it stands. */
function lines(length: number): Buffer {
  const text = randomBytes(Math.ceil(length * 0.75)).toString('base64url');
  return Buffer.from(text.replaceAll(/.{76}/g, (line) => `${line}\n`).slice(0, length - 1) + '\n');
}

function checksum(bytes: Buffer): string {
  return `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Runs a client, gives it its input, and returns what it wrote. */
async function run(command: readonly string[], input?: Buffer, withinMs = 60_000): Promise<Buffer> {
  const [name = '', ...args] = command;
  const program = findProgram(name);
  if (program === undefined) throw new Error(`${name} is not installed: npm run servers installs it.`);
  const child = spawn(program, args, { timeout: withinMs, killSignal: 'SIGKILL' });
  // A client that gives up reads no more; its exit tells why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const written: Buffer[] = [];
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => written.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${name} ended with ${code ?? 'a signal'}: ${errors}`);
  return Buffer.concat(written);
}
