import { expect, test } from 'vitest';
import type { RunRecord } from '../../journal/record.ts';
import { findingsOf } from './findings.ts';
import { experimentOf } from './fixtures/fake-lab.ts';
import { faultRecords, loadRecord, policyRecord } from './fixtures/journal.ts';

const { system } = experimentOf();
const fault = faultRecords('a', 1_000, 2_000);
const calm = [loadRecord(500, 'before', 100), loadRecord(1_500, 'fault', 100)];
const harm = [loadRecord(500, 'before', 100), loadRecord(1_500, 'fault', 60, 40)];
const counted = (failed: number) =>
  policyRecord(1_500, 'calls.counted', { succeeded: 10, failed, cancelled: 0, attempts: 10 + failed });

test.each<[string, readonly RunRecord[], readonly string[]]>([
  ['a policy of the caller spoke', [...fault, ...harm, policyRecord(1_500, 'retry.scheduled')], []],
  ['a policy spoke just after the fault', [...fault, ...harm, policyRecord(2_500, 'timeout.expired')], []],
  ['all calls went well', [...fault, ...calm, counted(0)], []],
  [
    'calls failed and no policy spoke',
    [...fault, ...calm, counted(5)],
    [
      'Nothing in gateway absorbed kill of inventory: no policy there said anything about inventory, while 5 of 15 calls failed.',
    ],
  ],
  [
    'the load was harmed and no service said anything',
    [...fault, ...harm],
    [
      'Nothing in gateway absorbed kill of inventory: no policy there said anything about inventory, while the load lost 40 of 100 requests (40 %).',
    ],
  ],
  [
    'nothing was said and nothing was harmed',
    [...fault, ...calm],
    [
      'Nothing in gateway absorbed kill of inventory: no policy there said anything about inventory. The load lost nothing either: it may never have needed inventory in this time.',
    ],
  ],
  [
    'another service spoke, of another pipeline, at another time',
    [
      ...fault,
      ...harm,
      policyRecord(1_500, 'retry.scheduled', {}, 'checkout'),
      policyRecord(1_500, 'retry.scheduled', { pipeline: 'payment' }),
      policyRecord(500, 'retry.scheduled'),
      policyRecord(3_500, 'retry.scheduled'),
    ],
    [
      'Nothing in gateway absorbed kill of inventory: no policy there said anything about inventory, while the load lost 40 of 100 requests (40 %).',
    ],
  ],
  [
    'a pipeline is named after the service in its own way',
    [...fault, ...harm, policyRecord(1_500, 'retry.scheduled', { pipeline: 'readInventory-v2' })],
    [],
  ],
  ['a fault was not injected', [...fault.filter(({ kind }) => kind !== 'fault.injected'), ...harm], []],
  [
    'a link was broken',
    [...faultRecords('a', 1_000, 2_000, { fault: 'latency', target: 'gateway -> inventory' }), ...harm],
    [
      'Nothing in gateway absorbed latency of gateway -> inventory: no policy there said anything about inventory, while the load lost 40 of 100 requests (40 %).',
    ],
  ],
  [
    'a spike was shed',
    [
      ...faultRecords('a', 1_000, 2_000, { fault: 'traffic-spike', target: 'load' }),
      ...harm,
      policyRecord(1_500, 'load-shed.rejected'),
    ],
    [],
  ],
  [
    'a spike was not shed, and did harm',
    [...faultRecords('a', 1_000, 2_000, { fault: 'traffic-spike', target: 'load' }), ...harm],
    [
      'Nothing absorbed traffic-spike of load: no limit, bulkhead or shedder refused work, while the load lost 40 of 100 requests (40 %).',
    ],
  ],
  [
    'a spike did no harm',
    [...faultRecords('a', 1_000, 2_000, { fault: 'traffic-spike', target: 'load' }), ...calm],
    [],
  ],
  ['nobody calls what was broken', [...faultRecords('a', 1_000, 2_000, { target: 'gateway' }), ...harm], []],
])('when %s', (_, records, findings) => {
  expect(findingsOf(system, records)).toEqual(findings);
});
