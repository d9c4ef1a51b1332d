import { connect, createServer, type Socket } from 'node:net';
import { type Proxy, proxy, type ToxicOptions } from '@seaworthy/break/proxy';
import { portOf } from './sockets.ts';

/** How much is soaked. */
export interface SoakOptions {
  readonly connections: number;
  /** Random changes of toxics, spread over the run. */
  readonly changes: number;
  readonly bytesEach: number;
  readonly seed: number;
}

/** What came of it. */
export interface SoakResult {
  /** Connections whose bytes came back whole, in order, and which ended by themselves. */
  readonly whole: number;
  /** Bytes that came back wrong, over all connections. */
  readonly wrongBytes: number;
  /** Connections that the proxy still holds after all ended. */
  readonly left: number;
  readonly changes: number;
  readonly durationMs: number;
  readonly residentBytesMax: number;
}

/**
 * Sends bytes through an echo over many connections while toxics that destroy nothing come, change and go at random,
 * removes them all, and sees whether every byte came back.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const startedAt = performance.now();
  const random = numbers(options.seed);
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve));
  const bound = server.address();
  const upstream = `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
  const link = await proxy({ upstream, seed: options.seed });

  const pattern = Buffer.from(Array.from({ length: options.bytesEach }, () => Math.floor(random() * 256)));
  const runs = Array.from({ length: options.connections }, (_, i) => exchange(link, pattern, i));
  let residentBytesMax = 0;
  for (let i = 0; i < options.changes; i += 1) {
    await changeOnce(link, random);
    residentBytesMax = Math.max(residentBytesMax, process.memoryUsage.rss());
    await new Promise((resolve) => setTimeout(resolve, random() < 0.5 ? 0 : 3));
  }
  for (const { name } of link.toxics) await link.removeToxic(name);
  const results = await Promise.all(runs);
  // The last sockets close a turn after their clients saw the end.
  for (let i = 0; i < 200 && link.connections().length > 0; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const left = link.connections().length;
  await link.close();
  await new Promise((resolve) => server.close(resolve));
  return {
    whole: results.filter((wrong) => wrong === 0).length,
    wrongBytes: results.reduce((sum, wrong) => sum + wrong, 0),
    left,
    changes: options.changes,
    durationMs: performance.now() - startedAt,
    residentBytesMax,
  };
}

/** Sends the pattern in pieces, ends, and counts the bytes that came back wrong or not at all. */
async function exchange(link: Proxy, pattern: Buffer, offset: number): Promise<number> {
  const socket: Socket = connect({ port: portOf(link.listen), host: '127.0.0.1', allowHalfOpen: true });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let at = 0;
  let wrong = 0;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    if (!chunk.equals(pattern.subarray(at, at + chunk.length))) wrong += chunk.length;
    at += chunk.length;
  });
  const piece = 500 + (offset % 97) * 131;
  for (let from = 0; from < pattern.length; from += piece) {
    if (!socket.write(pattern.subarray(from, from + piece)) && !socket.destroyed) {
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    }
    if (offset % 3 === 0) await new Promise((resolve) => setTimeout(resolve, offset % 7));
  }
  socket.end();
  await closed;
  return wrong + Math.abs(pattern.length - at);
}

/** Adds, changes or removes one toxic that destroys nothing. */
async function changeOnce(link: Proxy, random: () => number): Promise<void> {
  const names = link.toxics.map(({ name }) => name);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const dice = random();
  if (names.length === 0 || (dice < 0.4 && names.length < 8)) {
    const toxic = anyToxic(random);
    if (!names.includes(toxic.name ?? '')) await link.addToxic(toxic);
  } else if (dice < 0.7) {
    const toxic = link.toxics.find(({ name }) => name === pick(names));
    if (!toxic) return;
    const { attributes } = anyToxic(random, toxic.type);
    await link.updateToxic(toxic.name, { attributes, toxicity: random() });
  } else {
    await link.removeToxic(pick(names));
  }
}

function anyToxic(random: () => number, only?: string): ToxicOptions {
  const whole = (max: number) => Math.floor(random() * max);
  const kinds: readonly ToxicOptions[] = [
    { type: 'latency', attributes: { latency: whole(60), jitter: whole(60) } },
    { type: 'bandwidth', attributes: { rate: whole(2000) } },
    {
      type: 'slicer',
      attributes: { average_size: 200 + whole(4000), size_variation: whole(200), delay: whole(300) },
    },
    { type: 'slow_close', attributes: { delay: whole(100) } },
    { type: 'noop' },
  ];
  const chosen = kinds.find(({ type }) => type === only) ?? kinds[whole(kinds.length)];
  return {
    ...(chosen ?? { type: 'noop' }),
    name: `toxic-${whole(12)}`,
    stream: random() < 0.5 ? 'upstream' : 'downstream',
    toxicity: random() < 0.5 ? 1 : random(),
  };
}

/** Numbers that a seed repeats. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
