/** What a call hands down to the process that it asks, over real HTTP. */
import { describe, expect, it } from 'vitest';
import { constant, deadline, pipeline, retry, timeout } from '../index.ts';
import { startServer, statuses } from './fixtures/server.ts';
import { type Incoming, protectFetch, readIncoming } from './index.ts';

const thrice = retry({ attempts: 3, backoff: constant(1) });

describe('a request', () => {
  it('tells the time that is left, and it gets shorter', async () => {
    await using server = await startServer(statuses(503, 503, 200));
    const slowly = retry({ attempts: 3, backoff: constant('20ms') });
    await protectFetch(pipeline('api', [timeout('10s'), slowly]))(server.url);
    for (const name of ['x-envoy-expected-rq-timeout-ms', 'seaworthy-timeout-ms']) {
      const times = server.asked.map(({ headers }) => Number(headers[name]));
      expect(Math.max(...times)).toBeLessThanOrEqual(10_000);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      expect(new Set(times).size).toBe(3);
      expect(Math.min(...times)).toBeGreaterThan(0);
    }
  });

  it('tells which attempt it is, from the second on, and how critical it is', async () => {
    await using server = await startServer(statuses(503, 503, 200));
    const api = protectFetch(pipeline('api', [thrice]));
    await api(server.url, { criticality: 'SHEDDABLE', headers: { baggage: 'user=7, criticality=CRITICAL' } });
    const told = server.asked.map(({ headers }) => [headers['x-envoy-attempt-count'], headers['baggage']]);
    expect(told).toEqual([undefined, '2', '3'].map((attempt) => [attempt, 'user=7,criticality=SHEDDABLE']));
  });

  it('tells nothing where that is not wanted', async () => {
    await using server = await startServer(statuses(503, 200));
    const api = protectFetch(pipeline('api', [timeout('10s'), thrice]), {
      propagate: ({ host }) => host !== server.host,
    });
    await api(server.url, { criticality: 'SHEDDABLE' });
    const names = server.asked.flatMap(({ headers }) => Object.keys(headers));
    expect(names.filter((name) => /envoy|seaworthy|baggage/.test(name))).toEqual([]);
  });
});

describe('what is done for a caller', () => {
  it('keeps to its deadline, through another process, and begins nothing when it has passed', async () => {
    const seen: number[] = [];
    await using leaf = await startServer((_count, response, { headers }) => {
      seen.push(readIncoming(headers, { trusted: true }).remainingMs);
      response.end('leaf');
    });
    const toLeaf = protectFetch(pipeline('leaf', []));
    await using middle = await startServer((_count, response, { headers }) => {
      const incoming = readIncoming(headers, { trusted: true });
      seen.push(incoming.remainingMs);
      return incoming.run(async () => {
        const answer = await toLeaf(leaf.url).catch((error: { code: string }) => error);
        response.end('code' in answer ? answer.code : await answer.text());
      });
    });
    const toMiddle = protectFetch(pipeline('middle', [deadline('10s')]));
    expect(await (await toMiddle(middle.url)).text()).toBe('leaf');
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBeLessThanOrEqual(10_000);
    expect(seen[1]).toBeLessThanOrEqual(seen[0]!);
    expect(seen[1]).toBeGreaterThan(0);

    const late = await fetch(middle.url, { headers: { 'seaworthy-timeout-ms': '0' } });
    expect(await late.text()).toBe('DEADLINE_EXCEEDED');
    expect(leaf.asked).toHaveLength(1);
  });

  it('is not repeated while the caller is repeating it', async () => {
    await using leaf = await startServer(statuses(503));
    const toLeaf = protectFetch(pipeline('leaf', [thrice]));
    const answerFrom = (incoming: Incoming) => incoming.run(() => toLeaf(leaf.url));
    await using middle = await startServer(async (_count, response, { headers }) => {
      const { status } = await answerFrom(readIncoming(headers, { trusted: true }));
      response.writeHead(status).end();
    });
    await protectFetch(pipeline('middle', [thrice]))(middle.url);
    expect(middle.asked).toHaveLength(3);
    // Three by the first attempt, one by each further one; 9 if nobody knew of the other.
    expect(leaf.asked).toHaveLength(5);
  });
});
