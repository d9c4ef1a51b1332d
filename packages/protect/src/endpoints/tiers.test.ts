import { expect, test } from 'vitest';
import { setOf } from './fixtures/set.ts';

/** 100 servers in each tier, of which so many are healthy. */
function shares(...healthy: readonly number[]) {
  const endpoints = healthy.flatMap((_, priority) =>
    Array.from({ length: 100 }, (_, i) => ({ url: `http://p${priority}-${i}`, priority })),
  );
  const { set, check } = setOf(endpoints);
  healthy.forEach((count, priority) => {
    for (let i = count; i < 100; i++) check(`http://p${priority}-${i}`, false);
  });
  return { set, shares: set.shares.map((share) => Math.round(share * 100)) };
}

// The tables of Envoy's documentation of priority levels.
test.each([
  [100, 100, 0],
  [72, 100, 0],
  [71, 99, 1],
  [50, 70, 30],
  [25, 35, 65],
  [0, 0, 100],
])('of a first tier that is %i %% healthy the second takes what is missing', (healthy, first, second) => {
  expect(shares(healthy, 100).shares).toEqual([first, second]);
});

test.each([
  [
    [100, 100, 100],
    [100, 0, 0],
  ],
  [
    [72, 72, 100],
    [100, 0, 0],
  ],
  [
    [71, 71, 100],
    [99, 1, 0],
  ],
  [
    [50, 50, 100],
    [70, 30, 0],
  ],
  [
    [25, 100, 100],
    [35, 65, 0],
  ],
  [
    [25, 25, 100],
    [35, 35, 30],
  ],
])('three tiers, %j healthy, get %j', (healthy, expected) => {
  expect(shares(...healthy).shares).toEqual(expected);
});

test('tiers that are not whole together share all the calls in proportion', () => {
  expect(shares(20, 20).shares).toEqual([50, 50]);
  expect(shares(5, 15).shares).toEqual([25, 75]);
});

test('a tier does not panic while the others can carry its part', () => {
  expect(shares(20, 100).set.panics).toBe(false);
  expect(shares(20, 20).set.panics).toBe(true);
});

test('below the panic threshold all servers of a tier are used, and again only the healthy ones above it', () => {
  const { set, check, happenings, tally } = setOf(['http://a', 'http://b', 'http://c', 'http://d']);
  check('http://a', false);
  check('http://b', false);
  expect(Object.keys(tally(100)).toSorted()).toEqual(['http://c', 'http://d']);
  check('http://c', false);
  expect(set.panics).toBe(true);
  expect(Object.keys(tally(100))).toHaveLength(4);
  check('http://a', true);
  check('http://a', true);
  expect(set.panics).toBe(false);
  expect(Object.keys(tally(100)).toSorted()).toEqual(['http://a', 'http://d']);
  expect(happenings.map(({ type }) => type)).toEqual([
    'endpoints.health-changed',
    'endpoints.health-changed',
    'endpoints.health-changed',
    'endpoints.panic-began',
    'endpoints.health-changed',
    'endpoints.panic-ended',
  ]);
  expect(happenings[3]).toMatchObject({ known: 4, available: 1 });
});

test('without panic nobody is picked when nobody is healthy', () => {
  const { set, check } = setOf(['http://a', 'http://b'], { panicBelow: 0 });
  check('http://a', false);
  expect(set.pick(0)?.url).toBe('http://b');
  check('http://b', false);
  expect(set.pick(0)).toBeUndefined();
});

test('servers of the preferred zone come first, and others take over what they lose', () => {
  const zoned = ['a', 'a', 'b', 'b'].map((zone, i) => ({ url: `http://${zone}${i}`, zone }));
  const { check, tally, set } = setOf(zoned, { zone: 'b', balance: 'random' });
  expect(Object.keys(tally(200)).toSorted()).toEqual(['http://b2', 'http://b3']);
  check('http://b2', false);
  expect(set.shares[0]).toBeCloseTo(0.7);
  const counts = tally(2_000);
  expect(counts['http://b3']).toBeGreaterThan(1_300);
  expect(counts['http://b3']).toBeLessThan(1_500);
  expect(counts['http://b2']).toBeUndefined();
});

test('the share of a tier is what its servers really get', () => {
  const endpoints = [0, 0, 1, 1].map((priority, i) => ({ url: `http://h${i}`, priority }));
  const { check, tally } = setOf(endpoints);
  check('http://h0', false);
  const counts = tally(10_000);
  expect(counts['http://h1']! / 10_000).toBeCloseTo(0.7, 1);
});
