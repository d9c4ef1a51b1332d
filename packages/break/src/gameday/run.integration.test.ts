import { expect, test } from 'vitest';
import type { Claim, Experiment, Expectation, GameDay } from '../experiment/model.ts';
import type { RunRecord } from '../journal/record.ts';
import { type RealOutcome, runForReal, tinySystem } from './fixtures/real-lab.ts';

function expectation(text: string, claim: Claim): Expectation {
  return { text, line: 1, ...claim };
}

const policy = {
  kind: 'policy',
  pipeline: 'inventory',
  service: 'gateway',
  since: 'fault-began',
  occurs: 'at-least-once',
} as const;
const mostSucceed = expectation('success rate of load >= 99%', {
  kind: 'load',
  measure: 'success-rate',
  compare: { operator: '>=', value: 0.99 },
  window: { phase: 'fault', request: undefined },
});
const opens = expectation('circuit-breaker inventory opens within 3s', {
  ...policy,
  policy: 'circuit-breaker',
  eventType: 'circuit-breaker.opened',
  withinMs: 3_000,
});
const falls = expectation('fallback inventory answers', {
  ...policy,
  policy: 'fallback',
  eventType: 'fallback.answered',
  withinMs: undefined,
});
const closes = expectation('circuit-breaker inventory closes within 4s', {
  ...policy,
  policy: 'circuit-breaker',
  eventType: 'circuit-breaker.closed',
  since: 'fault-ended',
  withinMs: 4_000,
});
const fewRetries = expectation('retry load of inventory <= 50%', {
  kind: 'retry-load',
  pipeline: 'inventory',
  service: undefined,
  compare: { operator: '<=', value: 0.5 },
});
const fast = expectation('p99 of load < 900ms', {
  kind: 'load',
  measure: 'p99',
  compare: { operator: '<', value: 900 },
  window: { phase: 'fault', request: undefined },
});
const steady = expectation('steady again within 4s', { kind: 'steady-again', withinMs: 4_000 });
const threeKinds = expectation('3 kinds in stock', {
  kind: 'probe',
  probe: {
    kind: 'sql',
    name: '3 kinds in stock',
    database: '${inventory.data}/stock.sqlite',
    query: 'SELECT count(*) FROM stock',
    compare: { operator: '=', value: 3 },
  },
});

function experiment(title: string, changes: Partial<Experiment>): Experiment {
  return {
    title,
    description: undefined,
    file: '/tiny.yaml',
    system: tinySystem,
    steadyState: [
      {
        kind: 'http',
        name: 'the gateway tells the stock',
        method: 'GET',
        url: '${gateway}/',
        status: 200,
        contains: '"kinds":3',
        timeoutMs: 2_000,
        p99MsMax: 1_000,
      },
      { kind: 'process', name: 'inventory runs', service: 'inventory', state: 'running' },
    ],
    load: {
      ratePerSecond: 60,
      timeoutMs: 1_000,
      requests: [
        {
          name: 'stock',
          weight: 1,
          method: 'GET',
          url: '${gateway}/',
          headers: {},
          body: undefined,
          statuses: [],
        },
      ],
    },
    method: [],
    expect: [],
    abortWhen: [],
    beforeMs: 1_500,
    afterMs: 2_000,
    ...changes,
  };
}

const toInventory = { kind: 'service', service: 'inventory' } as const;
const step = { atMs: 500, options: {}, line: 1 };
const killed = experiment('Inventory is killed', {
  method: [{ ...step, id: 'kill', fault: 'kill', target: toInventory, forMs: 3_000 }],
  expect: [mostSucceed, opens, falls, fewRetries, closes, steady, threeKinds],
});
const slow = experiment('Inventory is slow', {
  method: [
    {
      ...step,
      id: 'slow',
      fault: 'latency',
      target: { kind: 'link', from: 'gateway', to: 'inventory' },
      forMs: 2_500,
      options: { delay: 1_500, jitter: 0 },
    },
  ],
  expect: [mostSucceed, fast, falls, steady],
});

function gameDay(mode: string, ...experiments: readonly Experiment[]): GameDay {
  return {
    title: 'A tiny day',
    description: undefined,
    file: '/day.yaml',
    system: tinySystem,
    mode,
    roles: {},
    experiments,
  };
}

function expectNothingLeft({ pids, records }: RealOutcome): void {
  expect(pids.length).toBeGreaterThan(1);
  for (const pid of pids) expect(() => process.kill(pid, 0), `process ${pid}`).toThrow('ESRCH');
  expect(records.at(0)?.kind).toBe('run.started');
  expect(records.at(-1)?.kind).toBe('run.ended');
}

function judged({ records }: RealOutcome, experiment: Experiment): Readonly<Record<string, string>> {
  const mine = records.filter(
    (record) => record.kind === 'expectation' && record.experiment === experiment.title,
  ) as Extract<RunRecord, { kind: 'expectation' }>[];
  return Object.fromEntries(mine.map(({ expected, held, seen }) => [expected, held ? 'held' : seen]));
}

function allHeld({ expect: expectations }: Experiment): Readonly<Record<string, string>> {
  return Object.fromEntries(expectations.map(({ text }) => [text, 'held']));
}

test('a protected system holds every hypothesis through a kill and a slow link, and nothing is left', async () => {
  const outcome = await runForReal(gameDay('protected', killed, slow));
  expect({ ...judged(outcome, killed), ...judged(outcome, slow) }).toEqual({
    ...allHeld(killed),
    ...allHeld(slow),
  });
  expect(outcome.experiments.map(({ verdict }) => verdict)).toEqual(['held', 'held']);
  expect(outcome.exitCode).toBe(0);
  const bites = outcome.records
    .filter((record) => record.kind === 'fault.observed')
    .map(({ bites }) => bites);
  expect(bites).toEqual([true, true]);
  // The killed service came back as another process.
  expect(outcome.pids).toHaveLength(3);
  expect(outcome.records.filter(({ kind }) => kind === 'finding')).toEqual([]);
  expectNothingLeft(outcome);
});

test('the same system without policies fails the same hypotheses, and says what nothing absorbed', async () => {
  const outcome = await runForReal(gameDay('naive', killed, slow));
  expect(outcome.experiments.map(({ verdict }) => verdict)).toEqual(['failed', 'failed']);
  expect(outcome.exitCode).toBe(1);
  expect(judged(outcome, killed)).toMatchObject({
    [mostSucceed.text]: expect.stringMatching(/^[\d.]+ % \(\d+ of \d+; bad: \d+ status 502/) as string,
    [opens.text]: 'not seen: nothing was heard of `inventory`; no service told of any pipeline',
    [threeKinds.text]: 'held',
  });
  expect(judged(outcome, slow)[fast.text]).toMatch(/ms over|s over/);
  const findings = outcome.records.filter((record) => record.kind === 'finding').map(({ text }) => text);
  expect(findings).toHaveLength(2);
  expect(findings[0]).toMatch(/^Nothing in gateway absorbed kill of inventory/);
  expectNothingLeft(outcome);
});

test('Ctrl-C while a process is stopped and a link is slow undoes both, and ends everything', async () => {
  const stop = new AbortController();
  const both = experiment('All at once', {
    method: [
      { ...step, id: 'hang', fault: 'hang', target: toInventory, forMs: 60_000 },
      ...slow.method.map((one) => ({ ...one, forMs: 60_000 })),
    ],
  });
  let begun = 0;
  const outcome = await runForReal(gameDay('protected', both, killed), {
    signal: stop.signal,
    onRecord(record) {
      if (record.kind === 'fault.injected' && ++begun === 2) setTimeout(() => stop.abort(), 1_000);
    },
  });
  expect(outcome).toMatchObject({
    verdict: 'interrupted',
    exitCode: 130,
    experiments: [{ verdict: 'interrupted' }],
  });
  const undone = outcome.records.filter((record) => record.kind === 'fault.undone');
  expect(undone.map(({ ok }) => ok)).toEqual([true, true]);
  expectNothingLeft(outcome);
});

test('a system that is not steady is not broken, and the day ends with exit code 3', async () => {
  const [page] = killed.steadyState;
  const wrong = {
    ...killed,
    steadyState: [{ ...page, contains: '"kinds":4' } as (typeof killed.steadyState)[number]],
  };
  const outcome = await runForReal(gameDay('protected', wrong), { settleMs: 1_000 });
  expect(outcome).toMatchObject({ verdict: 'not-steady', exitCode: 3 });
  expect(outcome.records.some(({ kind }) => kind === 'fault.injecting')).toBe(false);
  expectNothingLeft(outcome);
});
