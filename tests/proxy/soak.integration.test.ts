import { describe, expect, it } from 'vitest';
import { soak } from './soak.ts';

// The large one, 1,000 connections by 1,000 changes, is `npm run soak:proxy`.
describe('many connections under toxics that come, change and go at random', () => {
  it.each([1, 2])('lose no byte and leave nothing behind (seed %i)', async (seed) => {
    const result = await soak({ connections: 100, changes: 150, bytesEach: 64 * 1024, seed });
    expect(result).toMatchObject({ whole: 100, wrongBytes: 0, left: 0 });
  });
});
