import { type NetworkLink, partition, type Proxy, proxy } from '@seaworthy/break/proxy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { client, pause, serve, type TestServer, until } from './sockets.ts';

describe('a partition between groups of services', () => {
  let server: TestServer;
  let heard: string[];
  let links: (NetworkLink & { readonly proxy: Proxy })[];

  beforeEach(async () => {
    heard = [];
    server = await serve((socket) => {
      socket.on('data', (chunk: Buffer) => {
        heard.push(chunk.toString());
        socket.write(`re:${chunk.toString()}`);
      });
    });
    const pairs = [
      ['shop', 'inventory'],
      ['inventory', 'shop'],
      ['shop', 'payment'],
      ['inventory', 'payment'],
    ] as const;
    links = await Promise.all(
      pairs.map(async ([from, to]) => ({
        from,
        to,
        proxy: await proxy({ name: `${from}-${to}`, upstream: server.address }),
      })),
    );
  });
  afterEach(async () => {
    await Promise.all(links.map((link) => link.proxy.close()));
    await server.close();
  });

  const dial = (from: string, to: string) => {
    const found = links.find((link) => link.from === from && link.to === to);
    return client(found?.proxy.listen ?? '');
  };

  it('stops both ways, spares links within a group, and lets what waited arrive when it heals', async () => {
    const split = await partition(links, { between: ['shop'], and: ['inventory'] });
    expect(split.cut).toEqual(['shop -> inventory', 'inventory -> shop']);
    const cut = dial('shop', 'inventory');
    const spared = dial('shop', 'payment');
    cut.socket.write('cut');
    spared.socket.write('spared');
    await spared.saw('re:spared');
    await pause(50);
    expect(heard).toEqual(['spared']);
    await split.heal();
    await cut.saw('re:cut');
    expect(split.down).toBe(false);
  });

  it('stops one way alone: requests of one side, replies to the other', async () => {
    await using split = await partition(links, {
      between: ['shop'],
      and: ['inventory'],
      mode: 'one-way',
      bytes: 'drop',
    });
    const asking = dial('shop', 'inventory');
    const asked = dial('inventory', 'shop');
    asking.socket.write('request of shop');
    asked.socket.write('request to shop');
    await until(() => heard.length > 0, 'the request to shop arrives');
    await pause(50);
    expect(heard).toEqual(['request to shop']);
    expect([asking.text(), asked.text()]).toEqual(['', '']);
    await split.heal();
    expect([await asking.ended, await asked.ended]).toEqual(['EOF', 'EOF']);
  });

  it('flaps, and stops flapping when it heals', async () => {
    const split = await partition(links, {
      between: ['shop'],
      and: ['inventory', 'payment'],
      mode: 'flapping',
      downMs: 20,
      upMs: 20,
      seed: 1,
    });
    const one = dial('shop', 'payment');
    for (let i = 0; i < 5; i += 1) {
      await until(() => split.down, 'it is down');
      await until(() => !split.down, 'it is up');
      one.socket.write(`${i};`);
      await one.saw(`re:`);
    }
    await split.heal();
    expect(links.flatMap((link) => link.proxy.toxics)).toEqual([]);
    one.socket.write('after');
    await until(() => heard.join('').endsWith('after'), 'bytes pass');
  });

  it('refuses a service on both sides, and sides that no link joins', async () => {
    await expect(partition(links, { between: ['shop'], and: ['shop'] })).rejects.toThrow(
      'The service shop is on both sides',
    );
    await expect(partition(links, { between: ['shop'], and: ['mail'] })).rejects.toThrow(
      'No link joins shop and mail; there are: shop -> inventory, inventory -> shop,',
    );
  });
});
