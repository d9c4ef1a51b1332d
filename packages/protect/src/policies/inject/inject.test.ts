import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionsError } from '../../kernel/errors.ts';
import type { Policy } from '../../kernel/layer.ts';
import { pipeline } from '../../pipeline.ts';
import { failsTimes, seededRandom, takes, virtualRuntime } from '../../testing/index.ts';
import { circuitBreaker } from '../circuit-breaker/index.ts';
import { fallback } from '../fallback/index.ts';
import { retry } from '../retry/index.ts';
import { timeout } from '../timeout/index.ts';
import { inject, InjectedError, type InjectedFault, injector } from './index.ts';

function setUp(...outside: readonly Policy[]) {
  const runtime = virtualRuntime();
  const chaos = injector();
  const line = pipeline('payment', [...outside, inject(chaos)], { idempotent: true, runtime });
  return { runtime, chaos, line, time: runtime.time, recorder: runtime.recorder };
}

describe('an injector', () => {
  it('does nothing until a fault begins, nor after it has ended', async () => {
    const { chaos, line, recorder } = setUp();
    expect(await line.run(() => 'well')).toBe('well');
    const end = chaos.begin({ id: 'gone', effect: 'error' });
    await expect(line.run(() => 'well')).rejects.toBeInstanceOf(InjectedError);
    end();
    expect(await line.run(() => 'well')).toBe('well');
    expect(chaos).toMatchObject({ active: false, faults: [] });
    expect(recorder.of('inject.injected')).toMatchObject([
      { fault: 'gone', effect: 'error', pipeline: 'payment' },
    ]);
  });

  it('makes calls fail with the id of the fault, and does not begin their work', async () => {
    const { chaos, line } = setUp();
    chaos.begin({ id: 'gone', effect: 'error' });
    const work = failsTimes(0, 'well');
    const { error } = (await line.outcome(work)) as { error: InjectedError };
    expect(error).toMatchObject({ code: 'INJECTED', policy: 'inject', pipeline: 'payment', fault: 'gone' });
    expect(error.message).toBe('The fault "gone" is injected into "payment": the call fails on purpose.');
    expect(work.calls).toBe(0);
  });

  it('makes calls fail with an error of the user’s own', async () => {
    const { chaos, line } = setUp();
    const error = new TypeError('fetch failed');
    chaos.begin({ id: 'own', effect: 'error', error: () => error });
    await expect(line.run(() => 'well')).rejects.toBe(error);
    chaos.begin({ id: 'own', effect: 'error', error: 'connection reset' });
    await expect(line.run(() => 'well')).rejects.toMatchObject({ message: 'connection reset', fault: 'own' });
  });

  it('loses the reply of work that was done', async () => {
    const { chaos, line } = setUp();
    const end = chaos.begin({ id: 'lost', effect: 'error', at: 'reply' });
    let done = 0;
    let cancelled = 0;
    const work = () => {
      done++;
      return { body: { cancel: () => void cancelled++, locked: false } };
    };
    await expect(line.run(work)).rejects.toMatchObject({ fault: 'lost' });
    expect({ done, cancelled }).toEqual({ done: 1, cancelled: 1 });
    end();
  });

  it('makes calls slow, before their work or after it', async () => {
    for (const at of ['request', 'reply'] as const) {
      const { chaos, line, time } = setUp();
      chaos.begin({ id: 'slow', effect: 'latency', delay: 100, at });
      let begunAt = -1;
      const calling = line.run(() => {
        begunAt = time.now();
        return 'well';
      });
      expect(await time.until(calling)).toBe('well');
      expect(time.now()).toBe(100);
      expect(begunAt).toBe(at === 'request' ? 100 : 0);
    }
  });

  it('has calls that wait go on when the fault ends', async () => {
    const { chaos, line, time } = setUp();
    chaos.begin({ id: 'slow', effect: 'latency', delay: '1h' });
    const calling = line.run(() => 'well');
    await time.advance(100);
    chaos.end('slow');
    expect(await calling).toBe('well');
    expect(time.pendingTimers).toBe(0);
  });

  it('spreads latency by its jitter', async () => {
    const { chaos, line, time } = setUp();
    chaos.begin({ id: 'slow', effect: 'latency', delay: 100, jitter: 50 });
    const took = new Set<number>();
    for (let i = 0; i < 50; i++) {
      const startedAt = time.now();
      await time.until(line.run(() => 'well'));
      took.add(Math.round(time.now() - startedAt));
    }
    expect(Math.min(...took)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...took)).toBeLessThanOrEqual(150);
    expect(took.size).toBeGreaterThan(10);
  });

  it('gives calls another result, fixed or made from the true one', async () => {
    const { chaos, line } = setUp();
    chaos.begin({ id: 'empty', effect: 'result', result: null });
    expect(await line.run(() => 'well')).toBeNull();
    chaos.begin({
      id: 'empty',
      effect: 'result',
      at: 'reply',
      result: (value: string) => `${value}, garbled`,
    });
    expect(await line.run(() => 'well')).toBe('well, garbled');
  });

  it('runs a function first, whose error is the call’s', async () => {
    const { chaos, line, time } = setUp();
    const seen: unknown[] = [];
    chaos.begin({ id: 'own', effect: 'behaviour', behaviour: ({ tenant }) => seen.push(tenant) });
    expect(await line.run(() => 'well', { tenant: 'a' })).toBe('well');
    expect(seen).toEqual(['a']);
    chaos.begin({
      id: 'own',
      effect: 'behaviour',
      behaviour: async () => {
        await new Promise<void>((resolve) => time.set(resolve, 30));
        throw new Error('disk full');
      },
    });
    const calling = line.outcome(() => 'well');
    await time.advance(30);
    expect(await calling).toMatchObject({ error: { message: 'disk full' } });
  });

  it('hits only the calls that it is meant for', async () => {
    const { chaos, line } = setUp();
    chaos.begin({ id: 'one tenant', effect: 'error', when: ({ tenant }) => tenant === 'a' });
    await expect(line.run(() => 'well', { tenant: 'a' })).rejects.toBeInstanceOf(InjectedError);
    expect(await line.run(() => 'well', { tenant: 'b' })).toBe('well');
    expect(chaos.counts('one tenant')).toEqual({ calls: 1, injected: 1 });
  });

  it('hits the share of calls that it is told to, and counts', async () => {
    const { chaos, line } = setUp();
    chaos.begin({ id: 'some', effect: 'error', rate: 0.3 });
    for (let i = 0; i < 1_000; i++) await line.outcome(() => 'well');
    const { calls, injected } = chaos.end('some')!;
    expect(calls).toBe(1_000);
    expect(injected).toBeGreaterThan(250);
    expect(injected).toBeLessThan(350);
    expect(chaos.end('some')).toBeUndefined();
  });

  it('plays several faults one after the other, up to the first that ends the call', async () => {
    const { chaos, line, time, recorder } = setUp();
    chaos.begin({ id: 'slow', effect: 'latency', delay: 10 });
    chaos.begin({ id: 'slower', effect: 'latency', delay: 20 });
    chaos.begin({ id: 'gone', effect: 'error' });
    chaos.begin({ id: 'never', effect: 'result', result: 1 });
    const calling = line.outcome(() => 'well');
    await time.until(calling);
    expect(time.now()).toBe(30);
    expect(await calling).toMatchObject({ error: { fault: 'gone' } });
    expect(recorder.of('inject.injected').map(({ fault }) => fault)).toEqual(['slow', 'slower', 'gone']);
  });

  it('may stand in many pipelines', async () => {
    const runtime = virtualRuntime();
    const chaos = injector();
    const lines = ['a', 'b'].map((name) => pipeline(name, [inject(chaos)], { runtime }));
    chaos.begin({ id: 'gone', effect: 'error' });
    for (const line of lines)
      await expect(line.run(() => 'well')).rejects.toMatchObject({ pipeline: line.name });
  });

  it('may have a fault from the start, each pipeline one of its own', async () => {
    const runtime = virtualRuntime();
    const policy = inject({ id: 'gone', effect: 'error' });
    const [first, second] = ['a', 'b'].map((name) => pipeline(name, [policy], { runtime }));
    first!.machine(policy).endAll();
    expect(await first!.run(() => 'well')).toBe('well');
    await expect(second!.run(() => 'well')).rejects.toBeInstanceOf(InjectedError);
  });
});

describe('policies around an injected fault', () => {
  it('take it for what it stands in for', async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 2, openFor: '1s' });
    const { chaos, line, time, runtime } = setUp(
      fallback('substitute'),
      retry({ attempts: 2, backoff: () => 1 }),
      breaker,
    );
    chaos.begin({ id: 'gone', effect: 'error' });
    expect(await time.until(line.run(() => 'well'))).toBe('substitute');
    expect(line.machine(breaker).state).toBe('open');
    expect(runtime.recorder.types).toEqual([
      'inject.injected',
      'retry.scheduled',
      'inject.injected',
      'circuit-breaker.opened',
      'retry.stopped',
      'fallback.answered',
      'call.succeeded',
    ]);
  });

  it('end an injected wait at once, and leave no timer', async () => {
    const { chaos, line, time } = setUp(timeout(50));
    chaos.begin({ id: 'slow', effect: 'latency', delay: '1h' });
    const calling = line.outcome(takes(1, 'well', time));
    await time.advance(50);
    expect(await calling).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(time.pendingTimers).toBe(0);
    expect(line.running).toBe(0);
  });

  it('let go of a reply that nobody waits for any more', async () => {
    const { chaos, line, time } = setUp(timeout(50));
    chaos.begin({ id: 'slow', effect: 'latency', delay: '1h', at: 'reply' });
    let cancelled = 0;
    const calling = line.outcome(() => ({ body: { cancel: () => void cancelled++, locked: false } }));
    await time.advance(50);
    expect(await calling).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(cancelled).toBe(1);
    expect(time.pendingTimers).toBe(0);
  });
});

describe('a fault', () => {
  it.each([
    {},
    { id: '', effect: 'error' },
    { id: 'a', effect: 'explode' },
    { id: 'a', effect: 'error', rate: 0 },
    { id: 'a', effect: 'error', rate: 1.1 },
    { id: 'a', effect: 'error', delay: 5 },
    { id: 'a', effect: 'error', error: 5 },
    { id: 'a', effect: 'error', at: 'end' },
    { id: 'a', effect: 'error', when: 'always' },
    { id: 'a', effect: 'latency' },
    { id: 'a', effect: 'latency', delay: -1 },
    { id: 'a', effect: 'result' },
    { id: 'a', effect: 'behaviour', behaviour: 'sleep' },
  ])('is refused when it cannot be right: %j', (fault) => {
    expect(() => injector().begin(fault as never)).toThrow(OptionsError);
    expect(() => inject(fault as never)).toThrow(OptionsError);
  });

  it('is refused when there are a hundred already, unless it takes the place of one', () => {
    const chaos = injector();
    for (let i = 0; i < 100; i++) chaos.begin({ id: String(i), effect: 'error' });
    expect(() => chaos.begin({ id: 'one more', effect: 'error' })).toThrow(OptionsError);
    chaos.begin({ id: '7', effect: 'result', result: 7 });
    expect(chaos.faults).toHaveLength(100);
  });

  it('hits and counts as a naive recount does', () => {
    const anyFault = fc.record({
      effect: fc.constantFrom('latency', 'error', 'result', 'behaviour'),
      rate: fc.constantFrom(0.25, 0.75, 1),
      at: fc.constantFrom('request', 'reply'),
    } as const);
    fc.assert(
      fc.property(fc.array(anyFault, { maxLength: 6 }), fc.integer(), (faults, seed) => {
        const chaos = injector();
        const own = {
          latency: { delay: 1 },
          error: {},
          result: { result: 0 },
          behaviour: { behaviour: () => 0 },
        };
        const begun = faults.map(
          (fault, i) => ({ id: String(i), ...fault, ...own[fault.effect] }) as InjectedFault,
        );
        for (const fault of begun) chaos.begin(fault);
        const random = seededRandom(seed);
        const hits = begun.map(() => 0);
        for (let call = 0; call < 20; call++) {
          for (const at of ['request', 'reply'] as const) {
            const hit = chaos.strike(at, {}, random);
            for (const { id } of hit) hits[Number(id)]!++;
            expect(hit.every((fault) => fault.at === at)).toBe(true);
            const ends = hit.findIndex(({ effect }) => effect === 'error' || effect === 'result');
            expect(ends === -1 || ends === hit.length - 1).toBe(true);
          }
        }
        expect(begun.map(({ id }) => chaos.counts(id)!.injected)).toEqual(hits);
      }),
    );
  });
});
