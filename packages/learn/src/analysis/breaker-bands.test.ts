import type { RunRecord } from '@seaworthy/break/journal';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { experimentRecords, policyRecord, sampleOf } from '../testing/records.ts';
import { breakerBands, clipBands } from './breaker-bands.ts';
import { readRun } from './read-run.ts';

const bandsOf = (more: readonly RunRecord[]) =>
  breakerBands(readRun(experimentRecords(() => sampleOf(25, 25), { more })));

describe('breakerBands', () => {
  it('starts closed and follows the breaker through its states', () => {
    const [breaker] = bandsOf([
      policyRecord(2_500, 'circuit-breaker.opened', { from: 'closed' }),
      policyRecord(5_000, 'circuit-breaker.half-opened', { from: 'open' }),
      policyRecord(5_100, 'circuit-breaker.closed', { from: 'half-open' }),
    ]);
    expect(breaker?.bands.map(({ state, from, to }) => [state, from, to])).toEqual([
      ['closed', 0, 2_500],
      ['open', 2_500, 5_000],
      ['half-open', 5_000, 5_100],
      ['closed', 5_100, 10_000],
    ]);
  });

  it('forgets what a process knew when the process goes, and starts anew', () => {
    const change = (at: number, state: 'exited' | 'starting' | 'ready'): RunRecord => ({
      at,
      kind: 'service',
      service: 'gateway',
      state,
      pid: 1,
      detail: undefined,
    });
    const [breaker] = bandsOf([
      policyRecord(2_500, 'circuit-breaker.opened'),
      change(3_000, 'exited'),
      change(4_000, 'starting'),
      change(4_500, 'ready'),
    ]);
    expect(breaker?.bands.map(({ state }) => state)).toEqual(['closed', 'open', 'down', 'closed']);
  });

  it('keeps breakers of the same name in two services apart', () => {
    expect(
      bandsOf([
        policyRecord(2_500, 'circuit-breaker.opened'),
        policyRecord(2_600, 'circuit-breaker.opened', { service: 'orders' }),
      ]).map(({ service, pipeline }) => [service, pipeline]),
    ).toEqual([
      ['gateway', 'inventory'],
      ['orders', 'inventory'],
    ]);
  });

  it('leaves no gap and no overlap, whatever the breaker says', () => {
    const type = fc.constantFrom('opened', 'half-opened', 'closed', 'isolated', 'ramping', 'rejected');
    const events = fc.array(fc.tuple(fc.integer({ min: 0, max: 10_000 }), type), { minLength: 1 });
    fc.assert(
      fc.property(events, (said) => {
        const [breaker] = bandsOf(said.map(([at, what]) => policyRecord(at, `circuit-breaker.${what}`)));
        const bands = breaker?.bands ?? [];
        expect([bands[0]?.from, bands.at(-1)?.to]).toEqual([0, 10_000]);
        bands.slice(1).forEach((band, index) => {
          expect(band.from).toBe(bands[index]?.to);
          expect(band.state).not.toBe(bands[index]?.state);
        });
      }),
    );
  });

  it('cuts bands to a stretch of time', () => {
    const [breaker] = bandsOf([policyRecord(2_500, 'circuit-breaker.opened')]);
    expect(breaker && clipBands(breaker, { from: 2_000, to: 3_000 }).bands).toEqual([
      { state: 'closed', from: 2_000, to: 2_500 },
      { state: 'open', from: 2_500, to: 3_000 },
    ]);
  });
});
