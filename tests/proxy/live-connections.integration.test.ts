import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { type Proxy, proxy } from '@seaworthy/break/proxy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { client, pause, portOf, serve, serveEcho, type TestServer, until } from './sockets.ts';

describe('what a live connection sees', () => {
  let echo: TestServer;
  let link: Proxy;

  beforeEach(async () => {
    echo = await serveEcho();
    link = await proxy({ upstream: echo.address, seed: 7 });
  });
  afterEach(async () => {
    await link.close();
    await echo.close();
  });

  it('is closed by disable, and new ones are refused until enable, at the same address', async () => {
    const one = client(link.listen);
    one.socket.write('hi');
    await one.saw('hi');
    const { listen } = link;
    await link.disable();
    expect(await one.ended).toBe('EOF');
    expect(await client(listen).ended).toBe('ECONNREFUSED');
    await link.enable();
    expect(link.listen).toBe(listen);
    const two = client(listen);
    two.socket.write('again');
    await two.saw('again');
    expect(link.connections()).toHaveLength(1);
  });

  it('is accepted and closed when the server is gone', async () => {
    await echo.close();
    expect(await client(link.listen).ended).toMatch(/EOF|ECONNRESET/);
  });

  it('takes a latency at once, and gets what waits at once when it is removed', async () => {
    const one = client(link.listen);
    one.socket.write('a');
    await one.saw('a');
    await link.addToxic({ type: 'latency', attributes: { latency: 300 } });
    const before = performance.now();
    one.socket.write('b');
    await one.saw('b');
    expect(performance.now() - before).toBeGreaterThan(290);
    await link.updateToxic('latency_downstream', { attributes: { latency: 60_000 } });
    one.socket.write('c');
    await until(() => link.counters().downstreamBytes === 3, 'the proxy holds the answer');
    await link.removeToxic('latency_downstream');
    await one.saw('abc');
    expect(link.connections()[0]?.toxics).toEqual([]);
  });

  it('keeps what a half-closed client is owed', async () => {
    await link.addToxic({ type: 'latency', attributes: { latency: 100 } });
    const one = client(link.listen);
    one.socket.end('hi');
    expect(await one.ended).toBe('EOF');
    expect(one.text()).toBe('hiBYE');
  });

  it('survives a timeout of 0, and is closed when that is removed', async () => {
    const one = client(link.listen);
    one.socket.write('a');
    await one.saw('a');
    await link.addToxic({ type: 'timeout' });
    one.socket.write('b');
    await until(() => link.counters().downstreamBytes === 2, 'the answer is thrown away');
    expect(one.text()).toBe('a');
    await link.removeToxic('timeout_downstream');
    expect(await one.ended).toBe('EOF');
    expect(one.text()).toBe('a');
  });

  it('is closed by a timeout while idle', async () => {
    const one = client(link.listen);
    one.socket.write('a');
    await one.saw('a');
    await link.addToxic({ type: 'timeout', attributes: { timeout: 100 } });
    expect(await one.ended).toBe('EOF');
  });

  it.each(['upstream', 'downstream'] as const)(
    'is reset by reset_peer on the %s, and not while idle',
    async (stream) => {
      const one = client(link.listen);
      await one.opened;
      await until(() => link.connections().length === 1, 'the connection is open');
      await link.addToxic({ type: 'reset_peer', stream, attributes: { timeout: 50 } });
      await pause(150);
      expect(link.connections()).toHaveLength(1);
      one.socket.write('a');
      expect(await one.ended).toBe('ECONNRESET');
      expect(one.text()).toBe('');
    },
  );

  it('is not touched by a toxic of toxicity 0, nor when that goes', async () => {
    const one = client(link.listen);
    for (const type of ['reset_peer', 'timeout', 'drop', 'limit_data'])
      await link.addToxic({ type, toxicity: 0 });
    one.socket.write('a');
    await one.saw('a');
    expect(link.connections()[0]?.toxics).toEqual([]);
    for (const { name } of link.toxics) await link.removeToxic(name);
    one.socket.write('b');
    await one.saw('ab');
    await link.disable();
    expect(await one.ended).toBe('EOF');
  });

  it('is closed at its limit, with every byte up to it', async () => {
    await link.addToxic({ type: 'limit_data', attributes: { bytes: 5 } });
    const one = client(link.listen);
    one.socket.write('abc');
    await one.saw('abc');
    one.socket.write('defgh');
    expect(await one.ended).toBe('EOF');
    expect(one.text()).toBe('abcde');
  });

  it('loses one way with drop and keeps the other, on live and new connections, and is closed when it ends', async () => {
    const heard: string[] = [];
    const counting = await serve((socket) => {
      socket.on('data', (chunk: Buffer) => {
        heard.push(chunk.toString());
        socket.write(`re:${chunk.toString()}`);
      });
    });
    const lossy = await proxy({ upstream: counting.address });
    const live = client(lossy.listen);
    live.socket.write('1');
    await live.saw('re:1');
    await lossy.addToxic({ type: 'drop', name: 'lost replies' });
    const fresh = client(lossy.listen);
    live.socket.write('2');
    fresh.socket.write('3');
    await until(() => heard.length === 3, 'the server heard both requests');
    await until(() => lossy.counters().downstreamBytes === 12, 'both replies came to the proxy');
    expect([live.text(), fresh.text()]).toEqual(['re:1', '']);
    expect(lossy.connections().map(({ toxics }) => toxics)).toEqual([['lost replies'], ['lost replies']]);
    await lossy.removeToxic('lost replies');
    expect([await live.ended, await fresh.ended]).toEqual(['EOF', 'EOF']);
    expect([live.text(), fresh.text()]).toEqual(['re:1', '']);
    await lossy.close();
    await counting.close();
  });

  it('is given up when both sides have ended and its reply was dropped', async () => {
    await link.addToxic({ type: 'drop' });
    const one = client(link.listen);
    one.socket.write('a');
    await until(() => link.counters().downstreamBytes === 1, 'the reply is dropped');
    one.socket.end();
    await until(() => link.connections().length === 0, 'the connection is given up');
  });

  it('is gone when its client ends and resets in one breath, while the server still talks', async () => {
    const talker = await serve((socket) => {
      const talk = setInterval(() => socket.write('on and on'), 1);
      socket.on('close', () => clearInterval(talk));
    });
    const toTalker = await proxy({ upstream: talker.address });
    try {
      for (let round = 0; round < 40; round++) {
        const clients = Array.from({ length: 10 }, () => client(toTalker.listen));
        await Promise.all(clients.map((one) => one.saw('on and on')));
        for (const { socket } of clients) {
          socket.end('bye');
          setImmediate(() => socket.resetAndDestroy());
        }
      }
      await until(() => toTalker.connections().length === 0, 'no connection is left');
    } finally {
      await toTalker.close();
      await talker.close();
    }
  });

  it('tells the server of a client that resets, and the client of a server that does', async () => {
    let heard: string | undefined;
    const picky = await serve((socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => (heard = error.code));
      socket.on('data', (chunk: Buffer) => chunk.toString() === 'reset me' && socket.resetAndDestroy());
    });
    const through = await proxy({ upstream: picky.address });
    const one = client(through.listen);
    one.socket.write('hi');
    await until(() => through.counters().upstreamDelivered === 2, 'the server has the greeting');
    one.socket.resetAndDestroy();
    await until(() => heard === 'ECONNRESET', 'the server sees the reset');
    const two = client(through.listen);
    two.socket.write('reset me');
    expect(await two.ended).toBe('ECONNRESET');
    await until(() => through.connections().length === 0, 'nothing is left');
    await through.close();
    await picky.close();
  });
});

describe('bytes', () => {
  const toxics = [
    { type: 'latency', attributes: { latency: 20, jitter: 20 } },
    { type: 'bandwidth', attributes: { rate: 50_000 } },
    { type: 'slicer', attributes: { average_size: 1000, size_variation: 500, delay: 10 } },
    { type: 'slow_close', attributes: { delay: 20 } },
    { type: 'noop' },
    { type: 'limit_data', attributes: { bytes: 1e9 } },
  ] as const;

  it.each([undefined, ...toxics])('arrive whole and in order, both ways, through %o', async (toxic) => {
    const echo = await serve((socket) => socket.pipe(socket));
    await using link = await proxy({ upstream: echo.address });
    if (toxic)
      for (const stream of ['upstream', 'downstream'] as const) await link.addToxic({ ...toxic, stream });
    const size = 4 * 1024 * 1024;
    const sent = randomBytes(size);
    const socket = connect({ port: portOf(link.listen), allowHalfOpen: true });
    const got = createHash('sha256');
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      got.update(chunk);
      received += chunk.length;
    });
    socket.end(sent);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(received).toBe(size);
    expect(got.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
    await echo.close();
  });

  it('wait at the sender when the receiver is slow: the proxy holds little', async () => {
    const flood = await serveFlood();
    await using link = await proxy({ upstream: flood.address });
    for (const toxic of [
      undefined,
      { type: 'bandwidth', attributes: { rate: 100 } },
      { type: 'slicer', attributes: { average_size: 5000 } },
    ]) {
      if (toxic) await link.addToxic(toxic);
      const reader = connect({ port: portOf(link.listen) });
      reader.pause();
      await standsStill(() => link.counters().downstreamBytes);
      const { downstreamBytes, downstreamDelivered } = link.counters();
      // What is delivered sits in the sockets' buffers; what is held is bounded by the toxic's capacity.
      expect(downstreamBytes - downstreamDelivered).toBeLessThan(2 * 1024 * 1024);
      reader.destroy();
      await until(() => link.connections().length === 0, 'the reader is gone');
    }
    await flood.close();
  });

  it('share what they may hold when they are many, and their receivers read nothing', async () => {
    const flood = await serveFlood();
    await using link = await proxy({ upstream: flood.address });
    // It would hold what comes within a minute, if it might.
    await link.addToxic({ type: 'latency', attributes: { latency: 60_000 } });
    const readers = Array.from({ length: 100 }, () => connect({ port: portOf(link.listen) }).pause());
    await until(() => link.connections().length === 100, 'all are connected');
    const held = await standsStill(() => {
      const { downstreamBytes, downstreamDelivered } = link.counters();
      return downstreamBytes - downstreamDelivered;
    });
    // 256 MiB in all, and for each what it may hold without a toxic and one read more.
    expect(held).toBeGreaterThan(2 * 1024 * 1024);
    expect(held).toBeLessThan(320 * 1024 * 1024);
    for (const reader of readers) reader.destroy();
    await flood.close();
  });
});

/** A server that sends without end, as fast as it may. */
function serveFlood(): Promise<TestServer> {
  return serve((socket) => {
    const block = Buffer.alloc(1024 * 1024);
    const more = () => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on('drain', more);
    more();
  });
}

/** Waits until a number that grows grows no more, and returns it. */
async function standsStill(read: () => number): Promise<number> {
  let last = read();
  let looks = 0;
  await until(() => {
    const now = read();
    looks = now === last && now > 0 ? looks + 1 : 0;
    last = now;
    return looks === 60;
  }, 'it stands still');
  return last;
}
