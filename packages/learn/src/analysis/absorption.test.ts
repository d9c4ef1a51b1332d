import type { RunRecord } from '@seaworthy/break/journal';
import { describe, expect, it } from 'vitest';
import { experimentRecords, policyRecord, sampleOf } from '../testing/records.ts';
import { absorptions, afterglowMs } from './absorption.ts';
import { names } from './fault-path.ts';
import { readRun } from './read-run.ts';

function absorb(more: readonly RunRecord[], target = 'inventory') {
  const run = readRun(experimentRecords(() => sampleOf(25, 25), { more, target }));
  const [trace] = run.experiments;
  const [absorption] = trace === undefined ? [] : absorptions(run, trace);
  if (absorption === undefined) throw new Error('The run has a fault.');
  return absorption;
}

describe('absorptions', () => {
  it('count a fallback in front of the target as an answer, with its times and its first moment', () => {
    const { outcome, by } = absorb([
      policyRecord(2_300, 'fallback.answered'),
      policyRecord(2_400, 'fallback.answered', { count: 4 }),
    ]);
    expect(outcome).toBe('answered');
    expect(by).toMatchObject([
      {
        policy: 'fallback',
        nearness: 'in-front',
        meaning: 'answers',
        firstAfterMs: 300,
        did: [{ did: 'answered', times: 5 }],
      },
    ]);
  });

  it('tell containing from answering', () => {
    expect(absorb([policyRecord(2_300, 'circuit-breaker.opened')]).outcome).toBe('contained');
    expect(absorb([policyRecord(2_300, 'retry.scheduled')]).outcome).toBe('not-absorbed');
    expect(absorb([]).outcome).toBe('not-absorbed');
  });

  it('count only what was said while the fault was on, and a little after', () => {
    expect(absorb([policyRecord(1_999, 'fallback.answered')]).outcome).toBe('not-absorbed');
    expect(absorb([policyRecord(6_000 + afterglowMs, 'fallback.answered')]).outcome).toBe('answered');
    expect(absorb([policyRecord(6_001 + afterglowMs, 'fallback.answered')]).outcome).toBe('not-absorbed');
  });

  it('count nothing that stands elsewhere', () => {
    expect(absorb([policyRecord(2_300, 'fallback.answered', { pipeline: 'payment' })]).outcome).toBe(
      'not-absorbed',
    );
  });

  it('follow the path upstream: gateway calls catalog, catalog calls inventory', () => {
    const calls = [
      policyRecord(1_000, 'calls.counted', { service: 'catalog', pipeline: 'inventory' }),
      policyRecord(2_500, 'fallback.answered', { pipeline: 'catalog' }),
    ];
    expect(absorb(calls).by[0]?.nearness).toBe('upstream');
  });

  it('take a link’s caller for its place, and not another caller of the same service', () => {
    const said = [policyRecord(2_500, 'fallback.answered')];
    expect(absorb(said, 'gateway -> inventory').by[0]?.nearness).toBe('in-front');
    expect(absorb(said, 'orders -> inventory').outcome).toBe('not-absorbed');
  });

  it('let every policy deal with a spike of the load', () => {
    expect(absorb([policyRecord(2_500, 'load-shed.rejected', { pipeline: 'door' })], 'load').outcome).toBe(
      'contained',
    );
  });

  it('believe an event that names the fault, wherever it stands', () => {
    const said = [policyRecord(2_500, 'fallback.answered', { pipeline: 'elsewhere', fault: 'f1' })];
    expect(absorb(said).by[0]?.nearness).toBe('named');
  });
});

it('knows a service by the words of a pipeline’s name', () => {
  expect(
    ['inventory', 'inventory-read', 'callInventory', 'inventory.v2', 'inventories', 'read'].map((pipeline) =>
      names(pipeline, 'inventory'),
    ),
  ).toEqual([true, true, true, true, false, false]);
  expect(names('stock-service-read', 'stock-service')).toBe(true);
  expect(names('anything', '')).toBe(false);
});
