import { array, assert, double, property } from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf, bucketTopMs, LatencyHistogram } from './latency-histogram.ts';

const latency = double({ min: 0, max: 120_000, noNaN: true });

test('a latency lies in its bucket, and no bucket is wider than 1/64 of it', () => {
  assert(
    property(latency, (ms) => {
      const top = bucketTopMs(bucketOf(ms));
      const us = Math.round(ms * 1_000) / 1_000;
      expect(top).toBeGreaterThanOrEqual(us);
      expect(top).toBeLessThanOrEqual(us + Math.max(0.001, us / 64));
    }),
  );
});

test('buckets ascend with the latency', () => {
  assert(
    property(latency, latency, (a, b) => {
      expect(bucketOf(Math.min(a, b))).toBeLessThanOrEqual(bucketOf(Math.max(a, b)));
    }),
  );
});

test('a percentile over samples added up is that of all their latencies, within 1/64', () => {
  const samples = array(array(latency, { maxLength: 40 }), { minLength: 1, maxLength: 8 });
  assert(
    property(samples, double({ min: 0, max: 1, noNaN: true }), (groups, quantile) => {
      const sum = new LatencyHistogram();
      for (const group of groups) {
        const part = new LatencyHistogram();
        for (const ms of group) part.record(ms);
        sum.add(part.buckets(), part.maxMs);
      }
      const sorted = groups.flat().sort((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(quantile * sorted.length)) - 1];
      const merged = sum.quantileMs(quantile);
      expect(sum.count).toBe(sorted.length);
      expect(sum.maxMs).toBe(sorted.at(-1));
      if (exact === undefined) {
        expect(merged).toBeUndefined();
        return;
      }
      expect(merged).toBeGreaterThanOrEqual(exact - 0.0005);
      expect(merged).toBeLessThanOrEqual(exact + Math.max(0.0015, exact / 64 + 0.001));
    }),
  );
});

test('what is negative or endless still has a bucket', () => {
  expect(bucketOf(-1)).toBe(0);
  expect(bucketOf(Number.POSITIVE_INFINITY)).toBe(bucketOf(1e12));
});
