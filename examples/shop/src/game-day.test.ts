import { fileURLToPath } from 'node:url';
import { faultKinds } from '@seaworthy/break/faults';
import { loadGameDay } from '@seaworthy/break/gameday';
import { describe, expect, it } from 'vitest';
import { topology } from './start-shop.ts';

const file = fileURLToPath(new URL('../game-day.yaml', import.meta.url));

describe('the Game Day of the shop', () => {
  it('is read without a mistake, protected unless said otherwise', async () => {
    const day = await loadGameDay(file, { faults: faultKinds });
    expect(day.mode).toBe('protected');
    expect(day.system.modes.map(({ name }) => name)).toEqual(['protected', 'naive']);
    expect(day.experiments.length).toBeGreaterThanOrEqual(7);
  });

  it('knows the same services and calls as the shop without the lab', async () => {
    const { system } = await loadGameDay(file, { faults: faultKinds });
    expect(Object.fromEntries(system.services.map(({ name, calls }) => [name, calls]))).toEqual(topology);
  });

  it('breaks the shop in every way that it is made for', async () => {
    const { experiments } = await loadGameDay(file, { faults: faultKinds });
    const faults = new Set(experiments.flatMap(({ method }) => method.map(({ fault }) => fault)));
    expect([...faults].sort()).toEqual([
      'exhaust-cpu',
      'exhaust-disk',
      'exhaust-memory',
      'hang',
      'kill',
      'latency',
      'lost-reply',
      'partition',
      'traffic-spike',
    ]);
  });

  it('has a plan of less than three minutes', async () => {
    const { experiments } = await loadGameDay(file, { faults: faultKinds });
    const plannedMs = experiments.map(
      ({ beforeMs, method, afterMs }) =>
        beforeMs + Math.max(...method.map(({ atMs, forMs }) => atMs + forMs)) + afterMs,
    );
    expect(plannedMs.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(180_000);
  });
});
