import { array, assert, asyncProperty, integer, nat, option, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Expectation } from '../model.ts';
import { experimentOf, FakeLab, stepOf } from './fixtures/fake-lab.ts';
import { runExperiment } from './run-experiment.ts';
import type { RunError } from './run-error.ts';

async function run(lab: FakeLab, changes: Parameters<typeof experimentOf>[0] = {}) {
  return lab.time.runUntil(runExperiment(experimentOf(changes), lab.options()));
}

const mostSucceed: Expectation = {
  text: 'success rate of load >= 99%',
  line: 1,
  kind: 'load',
  measure: 'success-rate',
  compare: { operator: '>=', value: 0.99 },
  window: { phase: 'fault', request: undefined },
};

describe('an experiment in which all goes well', () => {
  test('measures, breaks on schedule, watches, and ends with everything stopped', async () => {
    const lab = new FakeLab();
    const outcome = await run(lab, { method: [stepOf('a', 1_000, 4_000)], expect: [mostSucceed] });
    expect(outcome).toEqual({
      verdict: 'held',
      expectations: [{ expected: 'success rate of load >= 99%', held: true, seen: '100 % (400 of 400)' }],
    });
    expect(lab.deeds).toEqual([
      '0 start load',
      '3000 mark fault',
      '3000 inject the-shop-stays-open-a',
      '7000 undo the-shop-stays-open-a',
      '7000 mark after',
      '10000 stop load',
      // To be sure, and harmless.
      '10250 stop load at once',
      '10250 stop load at once',
    ]);
    expect(lab.said('phase').map(({ phase, ms }) => [phase, ms])).toEqual([
      ['before', 0],
      ['fault', 2_000],
      ['after', 7_000],
      ['done', 10_000],
    ]);
    expect(lab.said('fault.observed')).toMatchObject([
      { bites: true, before: 'off', during: 'on', ms: 3_000 },
    ]);
    expect(lab.said('fault.undone')).toMatchObject([{ ok: true, ms: 7_000 }]);
    expect(lab.records.at(0)?.kind).toBe('experiment.started');
    expect(lab.records.at(-1)?.kind).toBe('experiment.ended');
    expect(lab.time.pending).toBe(0);
    expect(lab.listeners).toBe(0);
  });

  test('asks the probes before, during and after', async () => {
    const lab = new FakeLab();
    await run(lab, { method: [stepOf('a', 0, 1_400)] });
    const asked = lab.said('probe').map(({ phase, ms }) => [phase, ms]);
    expect(asked.slice(0, 6)).toEqual([
      ['before', 2_000],
      ['fault', 2_000],
      ['fault', 2_500],
      ['fault', 3_000],
      // At once when the fault is over, not half a second after the last time.
      ['after', 3_400],
      ['after', 3_900],
    ]);
  });

  test('watches at least as long as `steady again` may take, and a second to see that it stays', async () => {
    const lab = new FakeLab();
    const steady: Expectation = {
      text: 'steady again within 9s',
      line: 1,
      kind: 'steady-again',
      withinMs: 9_000,
    };
    const { expectations } = await run(lab, {
      method: [stepOf('a', 0, 1_000)],
      expect: [steady],
      afterMs: 1_000,
    });
    expect(lab.said('phase').at(-1)?.ms).toBe(13_000);
    expect(expectations).toEqual([{ expected: 'steady again within 9s', held: true, seen: 'at once' }]);
  });

  test('asks what is asked when all is over', async () => {
    const lab = new FakeLab();
    lab.script.probe = (name) => name !== 'one charge for one order';
    const [probe] = experimentOf().steadyState;
    const claim: Expectation = {
      text: 'one charge for one order',
      line: 1,
      kind: 'probe',
      probe: { ...(probe as NonNullable<typeof probe>), name: 'one charge for one order' },
    };
    const { verdict, expectations } = await run(lab, { method: [stepOf('a', 0, 1_000)], expect: [claim] });
    expect(verdict).toBe('failed');
    expect(expectations).toEqual([{ expected: 'one charge for one order', held: false, seen: 'broken' }]);
    expect(lab.said('probe').at(-1)).toMatchObject({ phase: 'done', probe: 'one charge for one order' });
  });
});

describe('a system that is not steady', () => {
  test('is not broken any further', async () => {
    const lab = new FakeLab();
    lab.script.probe = () => false;
    const { verdict } = await run(lab, { method: [stepOf('a', 0, 1_000)] });
    expect(verdict).toBe('not-steady');
    expect(lab.deeds.filter((deed) => deed.includes('inject'))).toEqual([]);
    expect(lab.time.pending).toBe(0);
  });

  test('is one whose load has no good answer at all', async () => {
    const lab = new FakeLab();
    lab.script.success = () => 0;
    const { verdict } = await run(lab, { method: [stepOf('a', 0, 1_000)] });
    expect(verdict).toBe('not-steady');
    expect(lab.said('finding')[0]?.text).toMatch(
      /^No request of the load had a good answer before any fault/,
    );
  });
});

describe('several faults', () => {
  test('come and go each at its time, and requests are told in whose time they are due', async () => {
    const lab = new FakeLab();
    const method = [stepOf('a', 0, 3_000), stepOf('b', 1_000, 1_000), stepOf('c', 5_000, 500)];
    await run(lab, { method });
    const deeds = lab.deeds.map((deed) => deed.replace('the-shop-stays-open-', ''));
    expect(deeds.slice(1, -3)).toEqual([
      '2000 mark fault',
      '2000 inject a',
      '3000 mark fault',
      '3000 inject b',
      '4000 undo b',
      '5000 undo a',
      '5000 mark between',
      '7000 mark fault',
      '7000 inject c',
      '7500 undo c',
      '7500 mark after',
    ]);
  });
});

describe('a fault that is not seen to bite', () => {
  test('is a verdict of its own, before a hypothesis that failed', async () => {
    const lab = new FakeLab();
    lab.script.bites = () => false;
    lab.script.success = () => 0.5;
    const { verdict } = await run(lab, { method: [stepOf('a', 0, 1_000)], expect: [mostSucceed] });
    expect(verdict).toBe('fault-not-observed');
    expect(lab.said('fault.observed')).toMatchObject([{ bites: false, during: 'off' }]);
    expect(lab.said('fault.undone')).toMatchObject([{ ok: true }]);
  });

  test('may be seen late, as long as it is on', async () => {
    const lab = new FakeLab();
    lab.script.bites = (_, on) => on && lab.time.clock.now() >= 2_700;
    expect((await run(lab, { method: [stepOf('a', 0, 1_000)] })).verdict).toBe('held');
    expect(lab.said('fault.observed')).toMatchObject([{ bites: true, ms: 2_750 }]);
  });

  test('is one that could not be begun', async () => {
    const lab = new FakeLab();
    lab.script.inject = () => Promise.reject(new Error('inventory is not running'));
    expect((await run(lab, { method: [stepOf('a', 0, 1_000)] })).verdict).toBe('fault-not-observed');
    expect(lab.said('fault.observed')).toMatchObject([{ bites: false, during: 'inventory is not running' }]);
    expect(lab.said('fault.injected')).toEqual([]);
    expect(lab.said('fault.undone')).toMatchObject([{ ok: true }]);
  });

  test('is one that takes for ever to begin, and it is ended should it begin after all', async () => {
    const lab = new FakeLab();
    lab.script.inject = () => new Promise((resolve) => void lab.time.timers.set(resolve, 40_000));
    expect((await run(lab, { method: [stepOf('a', 0, 1_000)] })).verdict).toBe('fault-not-observed');
    expect(lab.said('fault.observed')).toMatchObject([{ during: 'it had not begun after 30 s', ms: 42_000 }]);
    expect(lab.said('fault.undone')).toMatchObject([{ ok: true, ms: 42_000 }]);
    expect([...lab.on]).toEqual([]);
  });
});

describe('an undo that fails', () => {
  test('is tried three times', async () => {
    const lab = new FakeLab();
    let tries = 0;
    lab.script.undo = async () => {
      if (++tries < 3) throw new Error('the disk is full');
    };
    expect((await run(lab, { method: [stepOf('a', 0, 1_000)] })).verdict).toBe('held');
    expect(lab.said('fault.undone')).toMatchObject([{ ok: true }]);
  });

  test('is the gravest verdict', async () => {
    const lab = new FakeLab();
    lab.script.undo = () => Promise.reject(new Error('the disk is full'));
    lab.script.bites = () => false;
    expect((await run(lab, { method: [stepOf('a', 0, 1_000)] })).verdict).toBe('undo-failed');
    expect(lab.said('fault.undone')).toMatchObject([{ ok: false, detail: 'the disk is full' }]);
  });

  test('is also one after which the fault is still seen', async () => {
    const lab = new FakeLab();
    lab.script.bites = () => true;
    expect((await run(lab, { method: [stepOf('a', 0, 1_000)], afterMs: 500 })).verdict).toBe('undo-failed');
    expect(lab.said('fault.undone')).toMatchObject([
      { ok: true, ms: 3_000 },
      { ok: false, detail: 'after the undo it is still seen: a fake: on', ms: 8_000 },
    ]);
  });

  test('is not one after which the fault lingers a little', async () => {
    const lab = new FakeLab();
    lab.script.bites = (_, on) => on || lab.time.clock.now() < 5_000;
    expect((await run(lab, { method: [stepOf('a', 0, 1_000)] })).verdict).toBe('held');
  });

  test('within a beginning that failed is known by its code', async () => {
    const lab = new FakeLab();
    lab.script.inject = () => Promise.reject(Object.assign(new Error('half done'), { code: 'UNDO_FAILED' }));
    expect((await run(lab, { method: [stepOf('a', 0, 1_000)] })).verdict).toBe('undo-failed');
  });
});

describe('a run that is interrupted', () => {
  test.each([
    ['while the steady state is measured', 500, []],
    ['before the fault', 2_500, []],
    ['while the fault is on', 4_000, ['3000 inject', '4000 undo']],
    ['while it is watched afterwards', 9_000, ['3000 inject', '8000 undo']],
    ['while it is judged', 11_100, ['3000 inject', '8000 undo']],
  ])('%s undoes everything at once', async (_, atMs, deeds) => {
    const lab = new FakeLab();
    lab.time.timers.set(() => lab.stop.abort(), atMs);
    const { verdict, expectations } = await run(lab, {
      method: [stepOf('a', 1_000, 5_000)],
      expect: [mostSucceed],
    });
    expect(verdict).toBe('interrupted');
    expect(expectations).toEqual([]);
    const done = lab.deeds
      .filter((deed) => /inject|undo/.test(deed))
      .map((deed) => deed.replace(/ the-.*/, ''));
    expect(done).toEqual(deeds);
    expect(lab.deeds.at(-1)).toBe(`${atMs} stop load at once`);
    expect(lab.records.at(-1)).toMatchObject({ kind: 'experiment.ended', verdict: 'interrupted' });
    expect(lab.time.pending).toBe(0);
  });

  test('says so when something could not be undone', async () => {
    const lab = new FakeLab();
    lab.script.undo = () => Promise.reject(new Error('no'));
    lab.time.timers.set(() => lab.stop.abort(), 3_000);
    expect((await run(lab, { method: [stepOf('a', 0, 5_000)] })).verdict).toBe('undo-failed');
  });

  test('a fault whose undo is under way is undone to its end', async () => {
    const lab = new FakeLab();
    lab.script.undo = () => new Promise((resolve) => void lab.time.timers.set(resolve, 2_000));
    lab.time.timers.set(() => lab.stop.abort(), 3_500);
    expect((await run(lab, { method: [stepOf('a', 0, 1_000)] })).verdict).toBe('interrupted');
    expect(lab.said('fault.undone')).toMatchObject([{ ok: true, ms: 5_000 }]);
  });
});

describe('a condition to abort', () => {
  const abortWhen = [
    {
      text: 'success rate of load < 50% for 2s',
      line: 1,
      measure: 'success-rate' as const,
      request: undefined,
      compare: { operator: '<' as const, value: 0.5 },
      forMs: 2_000,
    },
  ];

  test('that is met for its time ends all faults, begins no more, and fails the experiment', async () => {
    const lab = new FakeLab();
    lab.script.success = (_, period) => (period === 'fault' ? 0 : 1);
    const method = [stepOf('a', 0, 60_000), stepOf('b', 10_000, 1_000)];
    const { verdict } = await run(lab, { method, abortWhen });
    expect(verdict).toBe('failed');
    // The measure looks back a second, so that it falls below a half a moment after the fault began.
    expect(lab.said('aborted')).toMatchObject([
      {
        condition: 'success rate of load < 50% for 2s',
        seen: '0 % (0 of 100; bad: 100 status 503)',
        ms: 4_250,
      },
    ]);
    expect(lab.deeds.filter((deed) => /inject|undo/.test(deed))).toEqual([
      '2000 inject the-shop-stays-open-a',
      '4250 undo the-shop-stays-open-a',
    ]);
    // The rebound is watched all the same.
    expect(lab.said('phase').at(-1)).toMatchObject({ phase: 'done', ms: 7_250 });
  });

  test('that is met only for a while aborts nothing', async () => {
    const lab = new FakeLab();
    lab.script.success = (nowMs) => (nowMs % 2_000 < 1_000 ? 0 : 1);
    const { verdict } = await run(lab, { method: [stepOf('a', 0, 20_000)], abortWhen });
    expect(verdict).toBe('held');
    expect(lab.said('aborted')).toEqual([]);
  });
});

describe('what is wrong with an experiment is said before anything is done', () => {
  test.each([
    [
      'an unknown fault',
      { fault: 'brake' },
      {},
      'There is no fault `brake` (line 1 of /shop.yaml); there are break.',
    ],
    [
      'a target that the fault cannot have',
      { target: { kind: 'link', from: 'gateway', to: 'inventory' } as const },
      {},
      'The fault `break` cannot be aimed at a link (line 1 of /shop.yaml), only at a service or a load.',
    ],
    [
      'a load that is missing',
      { target: { kind: 'load' } as const },
      { load: undefined },
      'The fault `break` acts on the load (line 1 of /shop.yaml), and the experiment has none. Add `load`.',
    ],
  ])('%s', async (_, step, changes, message) => {
    const lab = new FakeLab();
    const experiment = experimentOf({ method: [stepOf('a', 0, 1_000, step)], ...changes });
    await expect(runExperiment(experiment, lab.options())).rejects.toThrow(
      expect.objectContaining({ message, name: 'RunError' }) as RunError,
    );
    expect(lab.records).toEqual([]);
  });
});

test('a record that cannot be written leaves no fault on', async () => {
  const lab = new FakeLab();
  const { write } = lab.journal;
  lab.journal.write = (record) => {
    if (record.kind === 'fault.injected') throw new Error('the journal is closed');
    write(record);
  };
  await expect(run(lab, { method: [stepOf('a', 0, 1_000), stepOf('b', 500, 9_000)] })).rejects.toThrow(
    'the journal is closed',
  );
  expect([...lab.on]).toEqual([]);
  expect(lab.deeds.filter((deed) => deed.includes('undo')).length).toBeGreaterThan(0);
  expect(lab.time.pending).toBe(0);
});

test('whatever happens, every fault that began is undone and no timer is left', async () => {
  const step = tuple(nat(8_000), integer({ min: 1, max: 5_000 }), nat(5), option(nat(3)));
  await assert(
    asyncProperty(array(step, { maxLength: 5 }), option(nat(20_000)), async (steps, interruptMs) => {
      const lab = new FakeLab();
      const failures = new Map(
        steps.map(([, , failing], index) => [`the-shop-stays-open-${index}`, failing]),
      );
      lab.script.inject = async (id) => {
        if (failures.get(id) === 5) throw new Error('no');
      };
      lab.script.undo = async (id) => {
        const left = failures.get(id) ?? 0;
        failures.set(id, left - 1);
        if (left > 0 && left < 3) throw new Error('not yet');
      };
      if (interruptMs !== null) lab.time.timers.set(() => lab.stop.abort(), interruptMs);
      const method = steps.map(([atMs, forMs], index) => stepOf(String(index), atMs, forMs));
      const { verdict } = await run(lab, { method });
      expect([...lab.on]).toEqual([]);
      expect(lab.said('fault.undone').every(({ ok }) => ok)).toBe(true);
      expect(lab.said('fault.undone')).toHaveLength(lab.said('fault.injecting').length);
      expect(['held', 'interrupted', 'fault-not-observed']).toContain(verdict);
      expect(lab.listeners).toBe(0);
    }),
    { numRuns: 60 },
  );
});
