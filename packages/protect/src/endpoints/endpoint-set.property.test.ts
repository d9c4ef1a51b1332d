import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../testing/index.ts';
import { ejectedMax } from './ejection.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointSet } from './endpoint-set.ts';
import { readEndpointsOptions } from './options.ts';

/** Something that a caller, a source or a check does to a set, some time after what was before. */
type Step = { readonly afterMs: number } & (
  | { readonly do: 'call'; readonly fails: boolean; readonly latencyMs: number; readonly tried: number }
  | { readonly do: 'list'; readonly servers: readonly number[] }
  | { readonly do: 'check'; readonly server: number; readonly healthy: boolean }
);

const afterMs = fc.integer({ min: 0, max: 20_000 });
const server = fc.nat({ max: 7 });
const call = fc.record({
  do: fc.constant('call' as const),
  afterMs: fc.integer({ min: 0, max: 200 }),
  fails: fc.boolean(),
  latencyMs: fc.integer({ min: 0, max: 1_000 }),
  tried: fc.nat({ max: 3 }),
});
const list = fc.record({ do: fc.constant('list' as const), afterMs, servers: fc.uniqueArray(server) });
const check = fc.record({ do: fc.constant('check' as const), afterMs, server, healthy: fc.boolean() });
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof({ weight: 12, arbitrary: call }, { weight: 1, arbitrary: list }, { weight: 2, arbitrary: check }),
  { maxLength: 150 },
);
const balance = fc.constantFrom('least-latency' as const, 'random' as const, 'round-robin' as const);

const addressOf = (number: number) => ({
  url: `http://s${number}`,
  weight: 1 + (number % 3),
  priority: number > 5 ? 1 : 0,
});

test('whatever happens, the choice and the bounds hold', () => {
  fc.assert(
    fc.property(steps, balance, fc.nat(), (steps, balance, seed) => {
      const { set: rules } = readEndpointsOptions({
        source: [],
        balance,
        ejection: { consecutiveFailures: 2, baseTime: '5s', minimumCalls: 5 },
      });
      const set = new EndpointSet(rules, seededRandom(seed));
      set.update([0, 1, 2, 3].map(addressOf), 0);
      let now = 0;
      for (const step of steps) {
        now += step.afterMs;
        if (step.do === 'call') callOnce(set, step, now);
        else if (step.do === 'list') list(set, step.servers, now);
        else {
          const endpoint = set.endpoints.find(({ url }) => url === addressOf(step.server).url);
          if (endpoint !== undefined) set.checked(endpoint, step.healthy);
        }
        const { known, available, ejected } = set.counts;
        expect(ejected).toBeLessThanOrEqual(Math.max(0, ejectedMax(known, rules.ejection!)));
        expect(set.endpoints.filter((endpoint) => endpoint.ejected)).toHaveLength(ejected);
        expect(available).toBe(set.endpoints.filter((endpoint) => endpoint.available).length);
        expect(set.endpoints.every(({ inFlight }) => inFlight === 0)).toBe(true);
        const shares = set.shares.reduce((sum, share) => sum + share, 0);
        if (known > 0) expect(shares).toBeCloseTo(1);
      }
    }),
    { numRuns: 300 },
  );

  function callOnce(set: EndpointSet, step: Step & { do: 'call' }, now: number): void {
    let tried: { value: Endpoint; previous: typeof tried } | undefined;
    const seen: Endpoint[] = [];
    for (let attempt = 0; attempt <= step.tried; attempt++) {
      const before = set.counts;
      const endpoint = set.pick(now, tried);
      expect(endpoint === undefined).toBe(before.known === 0);
      if (endpoint === undefined) return;
      // Nobody who is out is asked, unless too few are left.
      expect(endpoint.available || set.panics).toBe(true);
      // Nobody is asked twice while there is somebody else to ask.
      const others = set.endpoints.some((other) => other.available && !seen.includes(other));
      if (others) expect(seen).not.toContain(endpoint);
      seen.push(endpoint);
      tried = { value: endpoint, previous: tried };
      const { available } = set.counts;
      set.record(endpoint, step.fails ? 'failed' : 'succeeded', step.latencyMs, now);
      // Calls that fail take out no more than they may, and never the last one.
      if (available > 0) expect(set.counts.available).toBeGreaterThan(0);
    }
  }

  function list(set: EndpointSet, servers: readonly number[], now: number): void {
    const before = new Map(set.endpoints.map((endpoint) => [endpoint.url, { endpoint, ...endpoint }]));
    const wasEjected = new Set(set.endpoints.filter(({ ejected }) => ejected));
    set.update(servers.map(addressOf), now);
    expect(set.endpoints.map(({ url }) => url).toSorted()).toEqual(
      servers.map((number) => addressOf(number).url).toSorted(),
    );
    for (const endpoint of set.endpoints) {
      const was = before.get(endpoint.url);
      if (was === undefined) continue;
      expect(endpoint).toBe(was.endpoint);
      expect(endpoint.health).toBe(was.health);
      if (endpoint.ejected) expect(wasEjected.has(endpoint)).toBe(true);
    }
  }
});
