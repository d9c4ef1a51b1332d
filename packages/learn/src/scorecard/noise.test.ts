/** A system that is well must measure as well: random arrivals and requests under way are no loss. */

import { describe, expect, it } from 'vitest';
import { beforeLevel } from '../analysis/goodput.ts';
import { readRun } from '../analysis/read-run.ts';
import { seededRandom } from '../testing/game-day-journal.ts';
import { createModelLoad } from '../testing/model-load.ts';
import { experimentRecords } from '../testing/records.ts';
import { rebound } from './rebound.ts';
import { robustness } from './robustness.ts';

/** A healthy run at a rate and a latency, its arrivals random. */
function healthy(seed: number, ratePerSecond: number, latencyMs: number) {
  const { samples } = createModelLoad({
    random: seededRandom(seed),
    from: 0,
    to: 10_000,
    faultAt: 2_000,
    endAt: 6_000,
    rate: () => ratePerSecond,
    system: () => (random) => ({ kind: 'good', latencyMs: latencyMs * (0.5 + random()) }),
  });
  const [trace] = readRun(experimentRecords((at) => samples[at / 250 - 1]?.sample)).experiments;
  if (trace === undefined) throw new Error('The run has an experiment.');
  const level = beforeLevel(trace);
  return { robust: robustness(trace, level), back: rebound(trace, level) };
}

describe('a healthy system under random arrivals', () => {
  it.each([
    [40, 20],
    [100, 15],
    [100, 150],
    [400, 80],
  ])('loses nothing and rebounds at once, at %i requests a second of %i ms', (rate, latency) => {
    const runs = Array.from({ length: 50 }, (_, seed) => healthy(seed + 1, rate, latency));
    for (const { robust } of runs) {
      expect(robust.measured && robust.value.value).toBeGreaterThan(0.985);
    }
    const mean =
      runs.reduce((sum, { robust }) => sum + (robust.measured ? robust.value.value : 0), 0) / runs.length;
    expect(mean).toBeGreaterThan(0.998);
    expect(runs.filter(({ back }) => back.measured && back.value.ms === 0)).toHaveLength(50);
  });
});
