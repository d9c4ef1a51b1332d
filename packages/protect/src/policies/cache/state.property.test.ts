import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cache, type Freshness } from './state.ts';

/** The same by a list that is searched from end to end. */
class NaiveCache {
  entries: { key: string; value: number; at: number }[] = [];
  readonly maxEntries: number;

  constructor(maxEntries: number) {
    this.maxEntries = maxEntries;
  }

  get(key: string) {
    const entry = this.entries.find((each) => each.key === key);
    if (entry !== undefined) this.entries = [...this.entries.filter((each) => each !== entry), entry];
    return entry;
  }

  set(key: string, value: number, at: number) {
    const others = this.entries.filter((each) => each.key !== key);
    this.entries = [...others, { key, value, at }].slice(-this.maxEntries);
  }

  delete(key: string) {
    this.entries = this.entries.filter((each) => each.key !== key);
  }
}

function naiveFreshness(ageMs: number, ttlMs: number, whileMs: number, errorMs: number): Freshness {
  if (ageMs < ttlMs) return 'fresh';
  if (ageMs - ttlMs < whileMs) return 'stale-while-revalidate';
  if (ageMs - ttlMs < errorMs) return 'stale-if-error';
  return 'expired';
}

test('a cache equals a naive one, whatever is asked of it', () => {
  const anyStep = fc.record({
    does: fc.constantFrom('get', 'get', 'set', 'set', 'delete'),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    passes: fc.nat(20),
  });
  const anyMs = fc.nat(30);
  fc.assert(
    fc.property(
      fc.array(anyStep, { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.tuple(anyMs, anyMs, anyMs),
      (steps, maxEntries, [ttlMs, staleWhileRevalidateMs, staleIfErrorMs]) => {
        const cache = new Cache({ ttlMs, staleWhileRevalidateMs, staleIfErrorMs }, maxEntries);
        const naive = new NaiveCache(maxEntries);
        let now = 0;
        for (const [value, { does, key, passes }] of steps.entries()) {
          now += passes;
          if (does === 'set') {
            cache.set(key, value, now);
            naive.set(key, value, now);
          } else if (does === 'delete') {
            cache.delete(key);
            naive.delete(key);
          } else {
            const entry = cache.get(key);
            const expected = naive.get(key);
            expect(entry?.value).toBe(expected?.value);
            if (entry !== undefined) {
              expect(cache.freshness(entry, now)).toBe(
                naiveFreshness(now - expected!.at, ttlMs, staleWhileRevalidateMs, staleIfErrorMs),
              );
            }
          }
          expect(cache.size).toBe(naive.entries.length);
        }
      },
    ),
    { numRuns: 500 },
  );
});
