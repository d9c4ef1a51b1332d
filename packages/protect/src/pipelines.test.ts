import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PipelineClosedError } from './kernel/errors.ts';
import { pipeline } from './pipeline.ts';
import { pipelines, type PipelinesOptions } from './pipelines.ts';
import { circuitBreaker } from './policies/circuit-breaker/index.ts';
import { loadShed } from './policies/load-shed/index.ts';
import { rateLimit } from './policies/rate-limit/index.ts';
import { throttle } from './policies/throttle/index.ts';
import { hangs, takes, virtualRuntime } from './testing/index.ts';

const breaker = circuitBreaker({ consecutiveFailures: 1, openFor: '1h' });

function setUp(options: PipelinesOptions = {}) {
  const runtime = virtualRuntime();
  const made: string[] = [];
  const hosts = pipelines(
    (host) => {
      made.push(host);
      return pipeline(host, [breaker], { runtime });
    },
    { runtime, ...options },
  );
  return { hosts, made, runtime, time: runtime.time };
}

const fails = (): Promise<never> => Promise.reject(new Error('down'));

describe('pipelines by key', () => {
  it('are made once for each key', async () => {
    const { hosts, made } = setUp();
    expect(hosts.get('a')).toBe(hosts.get('a'));
    expect(hosts.get('b')).not.toBe(hosts.get('a'));
    expect(made).toEqual(['a', 'b']);
    expect(await hosts.get('a').run(() => 'well')).toBe('well');
  });

  it('do not hold against one what another did', async () => {
    const { hosts } = setUp();
    await hosts.get('a').outcome(fails);
    expect(hosts.get('a').machine(breaker).state).toBe('open');
    expect(hosts.get('b').machine(breaker).state).toBe('closed');
  });

  it('are no more than may be kept: who was not asked for longest leaves', async () => {
    const { hosts } = setUp({ maxSize: 2 });
    const [a] = [hosts.get('a'), hosts.get('b')];
    hosts.get('a');
    const b = hosts.get('b');
    hosts.get('a');
    hosts.get('c');
    expect(hosts.keys).toEqual(['a', 'c']);
    expect(hosts.get('a')).toBe(a);
    await expect(b.run(() => 'late')).rejects.toMatchObject({ code: 'PIPELINE_CLOSED' });
  });

  it('stay while their breaker is not closed, and while calls run', async () => {
    const { hosts } = setUp({ maxSize: 2 });
    await hosts.get('down').outcome(fails);
    void hosts.get('busy').run(hangs());
    for (const key of ['c', 'd', 'e']) expect(await hosts.get(key).run(() => key)).toBe(key);
    expect(hosts.keys).toEqual(['down', 'busy']);
    expect(hosts.get('down').machine(breaker).state).toBe('open');
    expect(hosts.get('busy').running).toBe(1);
  });

  it('share one where no more may be kept and none may leave', async () => {
    const { hosts, made } = setUp({ maxSize: 1 });
    await hosts.get('down').outcome(fails);
    expect(hosts.get('c')).toBe(hosts.get('d'));
    expect(made).toEqual(['down', 'overflow']);
    await hosts.get('c').outcome(fails);
    expect(await hosts.get('d').outcome(() => 'well')).toMatchObject({ error: { code: 'CIRCUIT_OPEN' } });
  });

  it('are dropped when they were idle for long, but not before', async () => {
    const { hosts, time } = setUp({ idleFor: 1_000 });
    hosts.get('a');
    await time.advance(900);
    hosts.get('b');
    expect(hosts.keys).toEqual(['a', 'b']);
    await time.advance(600);
    expect(hosts.keys).toEqual(['b']);
    await time.advance(2_000);
    expect(hosts.keys).toEqual([]);
  });

  it('are not dropped for idleness while a breaker is open, and are once it has closed', async () => {
    const { hosts, time } = setUp({ idleFor: 1_000 });
    await hosts.get('down').outcome(fails);
    await time.advance(3_600_000);
    expect(hosts.get('down').machine(breaker).state).toBe('open');
    await hosts.get('down').run(() => 'well again');
    await time.advance(2_000);
    expect(hosts.keys).toEqual([]);
  });

  it('are dropped in the end, also where a dependency never came back and nobody calls it any more', async () => {
    const { hosts, time } = setUp({ maxSize: 2, idleFor: 1_000 });
    for (const gone of ['a', 'b']) await hosts.get(gone).outcome(fails);
    expect(hosts.get('c').name).toBe('overflow');
    // It is open for an hour, and might have been for ten.
    await time.advance(11 * 3_600_000 + 1_000);
    expect(hosts.keys).toEqual([]);
    expect(hosts.get('c').name).toBe('c');
  });

  it('are not dropped while a call runs that is longer than the idle time', async () => {
    const { hosts, time } = setUp({ idleFor: 1_000 });
    const calling = hosts.get('a').run(takes(5_000, 'done', time));
    await time.advance(4_999);
    expect(hosts.keys).toEqual(['a']);
    await time.advance(1_001);
    expect(await calling).toBe('done');
    expect(hosts.keys).toEqual([]);
  });

  it.each([
    ['a used rate limit', rateLimit({ limit: 1, per: '1h' }), (): unknown => 'well'],
    ['a throttle that holds back', throttle({ minimumCalls: 1, window: '1h' }), fails],
  ] as const)('do not forget %s', async (_what, policy, work) => {
    const runtime = virtualRuntime();
    const tenants = pipelines((tenant) => pipeline(tenant, [policy], { runtime }), {
      runtime,
      idleFor: 1_000,
    });
    await tenants.get('a').outcome(work);
    await runtime.time.advance(60_000);
    expect(tenants.keys).toEqual(['a']);
    await runtime.time.advance(2 * 3_600_000);
    expect(tenants.keys).toEqual([]);
  });

  it('keep no process alive, and leave no timer when they are empty', async () => {
    const { hosts, time } = setUp({ idleFor: 1_000 });
    hosts.get('a');
    expect(time.pendingTimers).toBe(0);
    await time.advance(10_000);
    expect(time.nextTimerAt).toBeUndefined();
  });

  it('end the housekeeping of those that are dropped', async () => {
    const runtime = virtualRuntime();
    const doors = pipelines(
      (name) => pipeline(name, [loadShed({ concurrency: 1, heap: 0.9 })], { runtime }),
      {
        runtime,
        idleFor: 1_000,
      },
    );
    doors.get('a');
    await runtime.time.advance(10_000);
    expect(runtime.time.nextTimerAt).toBeUndefined();
  });

  it('are all closed at once, after their calls', async () => {
    const { hosts, time } = setUp({ maxSize: 1 });
    const calling = hosts.get('a').run(takes(100, 'done', time));
    const overflowing = hosts.get('b').run(takes(200, 'done too', time));
    let closed = false;
    const closing = hosts.close().then(() => (closed = true));
    expect(() => hosts.get('a')).toThrow(PipelineClosedError);
    await time.advance(199);
    expect(closed).toBe(false);
    await time.advance(1);
    await closing;
    expect(await Promise.all([calling, overflowing])).toEqual(['done', 'done too']);
    await time.advance(1_000);
    expect(time.nextTimerAt).toBeUndefined();
  });

  it('are bounded and forget no open breaker, whatever happens', async () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      down: fc.boolean(),
      afterMs: fc.integer({ min: 0, max: 400 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, maxSize) => {
          const { hosts, time } = setUp({ maxSize, idleFor: 1_000 });
          const open = new Set<string>();
          for (const { key, down, afterMs } of steps) {
            const line = hosts.get(key);
            if (line.name === key && open.has(key)) expect(line.machine(breaker).state).toBe('open');
            await line.outcome(down ? fails : () => 'well');
            if (down) open.add(line.name);
            await time.advance(afterMs);
            expect(hosts.keys.length).toBeLessThanOrEqual(maxSize);
            for (const opened of open) if (opened !== 'overflow') expect(hosts.keys).toContain(opened);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([{ maxSize: 0 }, { idleFor: 0 }, { max: 5 }])(
    'refuse options that cannot be right: %j',
    (options) => {
      expect(() => setUp(options as never)).toThrow('Expected');
    },
  );
});
