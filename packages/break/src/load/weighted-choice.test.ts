import { expect, test } from 'vitest';
import { seededRandom } from './seeded-random.ts';
import { weightedChoice } from './weighted-choice.ts';

test('chooses in proportion to the weights, and never what weighs nothing', () => {
  const items = [
    { name: 'browse', weight: 7 },
    { name: 'never', weight: 0 },
    { name: 'buy', weight: 3 },
  ];
  const choose = weightedChoice(items, seededRandom(5));
  const counts = new Map<string, number>();
  for (let i = 0; i < 10_000; i++) {
    const { name } = choose();
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual(['browse', 'buy']);
  expect((counts.get('browse') ?? 0) / 10_000).toBeCloseTo(0.7, 1);
});
