import { expect, test } from 'vitest';
import { seededRandom } from '../testing/index.ts';
import type { Balance } from './choice.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointSet } from './endpoint-set.ts';
import { readEndpointsOptions } from './options.ts';

/**
 * Ten servers that answer within 5 to 15 ms, but for the first one, which takes twenty times as long. 500 calls a
 * second arrive for 20 s, by chance.
 */
function simulate(balance: Balance, seed: number) {
  const random = seededRandom(seed);
  const { set: rules } = readEndpointsOptions({ source: [], balance });
  const set = new EndpointSet(rules, random);
  set.update(
    Array.from({ length: 10 }, (_, i) => ({ url: `http://s${i}` })),
    0,
  );
  const latencies: number[] = [];
  const calls = new Map<string, number>();
  let inFlight: { endpoint: Endpoint; latencyMs: number; endsAt: number }[] = [];
  for (let now = 0; now < 20_000; now -= 2 * Math.log(1 - random())) {
    const ended = inFlight.filter(({ endsAt }) => endsAt <= now);
    inFlight = inFlight.filter(({ endsAt }) => endsAt > now);
    for (const { endpoint, latencyMs, endsAt } of ended.toSorted((one, other) => one.endsAt - other.endsAt)) {
      set.record(endpoint, 'succeeded', latencyMs, endsAt);
    }
    const endpoint = set.pick(now)!;
    const latencyMs = (5 + random() * 10) * (endpoint.url === 'http://s0' ? 20 : 1);
    calls.set(endpoint.url, (calls.get(endpoint.url) ?? 0) + 1);
    latencies.push(latencyMs);
    inFlight.push({ endpoint, latencyMs, endsAt: now + latencyMs });
  }
  latencies.sort((one, other) => one - other);
  const quick = [...calls].filter(([url]) => url !== 'http://s0').map(([, count]) => count);
  return {
    p99: latencies[Math.floor(latencies.length * 0.99)]!,
    slowShare: calls.get('http://s0')! / latencies.length,
    spread: Math.max(...quick) / Math.min(...quick),
  };
}

test.each([1, 2, 3])(
  'two choices keep calls away from a slow server, and spread the others evenly (seed %i)',
  (seed) => {
    const chosen = simulate('least-latency', seed);
    const drawn = simulate('random', seed);
    expect(drawn.slowShare).toBeGreaterThan(0.08);
    expect(chosen.slowShare).toBeLessThan(0.01);
    expect(drawn.p99).toBeGreaterThan(200);
    expect(chosen.p99).toBeLessThan(30);
    expect(chosen.spread).toBeLessThan(1.5);
  },
);
