import { expect, test } from 'vitest';
import type { AbortCondition } from '../model.ts';
import { abortWatch } from './abort-watch.ts';
import { latencies } from './fixtures/journal.ts';
import { sampleOf } from './fixtures/fake-lab.ts';

function condition(changes: Partial<AbortCondition> = {}): AbortCondition {
  return {
    text: 'success rate of load < 50% for 1s',
    line: 1,
    measure: 'success-rate',
    request: undefined,
    compare: { operator: '<', value: 0.5 },
    forMs: 1_000,
    ...changes,
  };
}

/** At which sample, from 1, the condition is met. */
function metAt(
  samples: readonly ReturnType<typeof sampleOf>[],
  changes?: Partial<AbortCondition>,
): number | undefined {
  const watch = abortWatch([condition(changes)]);
  const index = samples.findIndex((sample) => watch.look(sample) !== undefined);
  return index === -1 ? undefined : index + 1;
}

const good = sampleOf({ period: 'fault', good: 10 });
const bad = sampleOf({ period: 'fault', bad: 10 });
const silent = sampleOf({ period: 'fault', due: 10 });

test('a condition is met when it has held for its time', () => {
  expect(metAt([bad, bad, bad, bad, bad])).toBe(4);
});

test('a moment that is better begins the time anew', () => {
  expect(metAt([bad, bad, good, good, good, good, bad, bad, bad, bad, bad, bad])).toBe(12);
});

test('one sample does not decide, as the measure looks back a second', () => {
  expect(metAt([good, good, good, good, bad, good, good, bad, good], { forMs: 0 })).toBeUndefined();
});

test('where nothing ends, nothing is judged', () => {
  expect(metAt([silent, silent, silent, silent, silent, silent])).toBeUndefined();
});

test('a condition may be about latency, or about one request', () => {
  const slow = sampleOf({ period: 'fault', request: 'buy', good: 3, ...latencies([900, 950, 990]) });
  const text = { measure: 'p99', compare: { operator: '>', value: 500 }, forMs: 500 } as const;
  expect(metAt([slow, slow, slow], text)).toBe(2);
  expect(metAt([slow, slow, slow], { ...text, request: 'home' })).toBeUndefined();
});

test('what was seen is told', () => {
  const watch = abortWatch([condition({ forMs: 250 })]);
  expect(watch.look(bad)).toEqual({
    condition: 'success rate of load < 50% for 1s',
    seen: '0 % (0 of 10; bad: 10 status 503)',
  });
});
