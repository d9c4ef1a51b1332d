import { type Proxy, proxy } from '@seaworthy/break/proxy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { client, serveEcho, type TestServer, until } from './sockets.ts';

describe('toxicity', () => {
  let echo: TestServer;

  beforeEach(async () => {
    echo = await serveEcho();
  });
  afterEach(() => echo.close());

  /** Opens connections one after the other, and tells which a toxic hits. */
  async function hits(link: Proxy, count: number): Promise<readonly boolean[]> {
    for (let i = 0; i < count; i += 1) {
      const one = client(link.listen);
      one.socket.write('x');
      await one.saw('x');
    }
    return link.connections().map(({ toxics }) => toxics.includes('sometimes'));
  }

  it('hits that fraction of connections, and for one seed the same ones', async () => {
    const run = async () => {
      await using link = await proxy({ upstream: echo.address, seed: 21 });
      await link.addToxic({ name: 'sometimes', type: 'noop', toxicity: 0.3 });
      return await hits(link, 60);
    };
    const first = await run();
    const share = first.filter(Boolean).length / first.length;
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.55);
    expect(await run()).toEqual(first);
  });

  it('is thrown anew for live connections when the toxic behind it comes or goes, and when it is changed', async () => {
    await using link = await proxy({ upstream: echo.address, seed: 5 });
    await link.addToxic({ name: 'sometimes', type: 'noop', toxicity: 0.5 });
    await hits(link, 40);
    const now = () =>
      link
        .connections()
        .map(({ toxics }) => toxics.includes('sometimes'))
        .join();
    const seen = [now()];
    await link.addToxic({ name: 'behind', type: 'noop' });
    seen.push(now());
    await link.removeToxic('behind');
    seen.push(now());
    await link.updateToxic('sometimes', {});
    seen.push(now());
    expect(new Set(seen).size).toBe(4);
    await link.updateToxic('sometimes', { toxicity: 0 });
    expect(now()).not.toContain('true');
  });

  it('never lets a stream go on that has lost bytes, though the dice would spare it', async () => {
    await using link = await proxy({ upstream: echo.address });
    const one = client(link.listen);
    one.socket.write('a');
    await one.saw('a');
    await link.addToxic({ name: 'sometimes', type: 'drop' });
    one.socket.write('b');
    await until(() => link.counters().downstreamBytes === 2, 'the reply is lost');
    await link.updateToxic('sometimes', { toxicity: 0 });
    one.socket.write('c');
    await until(() => link.counters().downstreamBytes === 3, 'another reply came');
    expect(link.counters().downstreamDelivered).toBe(1);
    await link.removeToxic('sometimes');
    expect(await one.ended).toBe('EOF');
    expect(one.text()).toBe('a');
  });
});
