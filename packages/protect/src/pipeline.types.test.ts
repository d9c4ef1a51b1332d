/** What the compiler knows of a pipeline, through every policy. The compiler judges; the tests run so that it is seen. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type Bulkhead,
  bulkhead,
  type CallOutcome,
  type CircuitBreaker,
  circuitBreaker,
  deadline,
  fallback,
  type KeyedCallOptions,
  type Pipeline,
  pipeline,
  type Policy,
  type RepeatCallOptions,
  retry,
  timeout,
} from './index.ts';
import { pipelines } from './pipelines.ts';
import { cache, coalesce } from './cache.ts';
import { hedge, type Hedger } from './policies/hedge/index.ts';
import { inject, type Injector, injector } from './policies/inject/index.ts';
import {
  adaptiveLimit,
  type AdaptiveLimiter,
  loadShed,
  type LoadShedder,
  rateLimit,
  type Throttle,
  throttle,
} from './overload.ts';

interface Stock {
  readonly onHand: number;
}
const getStock = async (): Promise<Stock> => ({ onHand: 3 });

describe('the result of a pipeline', () => {
  it('is that of the work alone, through every policy that adds nothing', async () => {
    const line = pipeline(
      'stock',
      [
        timeout('2s'),
        deadline('3s'),
        cache({ ttl: '1s' }),
        coalesce(),
        retry(),
        hedge({ after: '1s' }),
        throttle(),
        circuitBreaker(),
        rateLimit({ limit: 10 }),
        adaptiveLimit(),
        loadShed({ concurrency: 10 }),
        bulkhead({ concurrency: 10 }),
        inject(injector()),
        timeout('300ms'),
      ],
      { idempotent: true },
    );
    expectTypeOf(line).toEqualTypeOf<Pipeline>();
    const stock = await line.run(getStock);
    expectTypeOf(stock).toEqualTypeOf<Stock>();
    expect(stock).toEqual({ onHand: 3 });
  });

  it('is that of plain work, of promised work, and of any thenable', () => {
    const line = pipeline('stock', [timeout('1s')]);
    expectTypeOf(line.run(() => 3)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(line.run(async () => 3)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(line.run((): PromiseLike<number> => Promise.resolve(3))).toEqualTypeOf<Promise<number>>();
  });

  it('is a union with what a fallback answers, its literals kept', async () => {
    const line = pipeline('stock', [fallback({ onHand: 'unknown' }), timeout('1s')]);
    const stock = await line.run(getStock);
    expectTypeOf(stock).toEqualTypeOf<Stock | { readonly onHand: 'unknown' }>();
    expect(stock).toEqual({ onHand: 3 });
  });

  it('has what a fallback’s function makes, promised or not', () => {
    expectTypeOf(pipeline('a', [fallback(() => 0)]).run(() => 'work')).toEqualTypeOf<Promise<string | 0>>();
    expectTypeOf(pipeline('a', [fallback(async () => 0)]).run(() => 'work')).toEqualTypeOf<
      Promise<string | 0>
    >();
  });

  it('is a union with every fallback of a chain', async () => {
    const line = pipeline('stock', [fallback('none'), fallback(null), timeout('1s')]);
    expectTypeOf(await line.run(getStock)).toEqualTypeOf<Stock | 'none' | null>();
  });

  it('is told as an outcome', async () => {
    const outcome = await pipeline('stock', [fallback(null)]).outcome(getStock);
    expectTypeOf(outcome).toEqualTypeOf<CallOutcome<Stock | null>>();
    if (outcome.ok) expectTypeOf(outcome.value).toEqualTypeOf<Stock | null>();
    else expectTypeOf(outcome.error).toBeUnknown();
    expect(outcome.ok).toBe(true);
  });

  it('is inferred for twenty policies as for one', () => {
    const t = timeout('1s');
    const line = pipeline('many', [t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, fallback(1)]);
    expectTypeOf(line.run(() => 'work')).toEqualTypeOf<Promise<string | 1>>();
  });
});

describe('the key of a call', () => {
  const run = (line: unknown) => (line as Pipeline).run(() => 'done');

  it('is required where work that is not idempotent may be repeated', async () => {
    for (const repeats of [retry(), hedge({ after: 10 })]) {
      const line = pipeline('orders', [timeout('1s'), repeats]);
      expectTypeOf(line).toEqualTypeOf<Pipeline<never, true>>();
      expectTypeOf<Parameters<typeof line.run>[1]>().toEqualTypeOf<KeyedCallOptions | RepeatCallOptions>();
      // @ts-expect-error -- the options are missing
      await expect(line.run(() => 'done')).rejects.toMatchObject({ code: 'KEY_REQUIRED' });
      // @ts-expect-error -- the key is missing
      await expect(line.run(() => 'done', {})).rejects.toMatchObject({ code: 'KEY_REQUIRED' });
      // @ts-expect-error -- the key is missing
      expect(await line.outcome(() => 'done')).toMatchObject({ error: { code: 'KEY_REQUIRED' } });
      expect(await line.run(({ key }) => key, { key: 'order-1' })).toBe('order-1');
    }
  });

  it('is not required where the work is idempotent, or where nothing is repeated', async () => {
    const idempotent = pipeline('stock', [retry(), hedge({ after: 10 })], { idempotent: true });
    expectTypeOf(idempotent).toEqualTypeOf<Pipeline>();
    const once = pipeline('stock', [timeout('1s'), circuitBreaker()]);
    expectTypeOf(once).toEqualTypeOf<Pipeline>();
    expect([await run(idempotent), await run(once)]).toEqual(['done', 'done']);
  });

  it('is not required of a call that says itself whether it may be repeated', async () => {
    const line = pipeline('orders', [retry(), hedge({ after: 10 })]);
    for (const repeat of [true, false]) expect(await line.run(() => 'done', { repeat })).toBe('done');
  });

  it('is required by a pipeline of policies that are not known to the compiler', () => {
    const policies: readonly Policy[] = [timeout('1s')];
    const line = pipeline('any', policies);
    // @ts-expect-error -- one of them may repeat the work
    void line.run(() => 'done');
    expect(line.running).toBe(0);
  });
});

describe('a wrapped function', () => {
  it('has the inputs of the work, without the attempt, and the results of the pipeline', () => {
    const line = pipeline('stock', [fallback(null), timeout('1s')]);
    const get = line.wrap((_attempt, _sku: string, _count?: number) => 3);
    expectTypeOf(get).toEqualTypeOf<(sku: string, count?: number) => Promise<number | null>>();
    expectTypeOf(line.wrap(async () => 'now')).toEqualTypeOf<() => Promise<string | null>>();
  });

  it('needs the making of a key where every call needs one', () => {
    const line = pipeline('charge', [retry()]);
    // @ts-expect-error -- without a key the work may be done twice
    line.wrap((_attempt, _order: string) => 3);
    const charge = line.wrap(
      (_attempt, _order: string) => 3,
      (order) => ({ key: order }),
    );
    expectTypeOf(charge).toEqualTypeOf<(order: string) => Promise<number>>();
  });
});

describe('the machine of a policy', () => {
  it('has its own type', () => {
    const policies = {
      breaker: circuitBreaker(),
      bulkhead: bulkhead({ concurrency: 1 }),
      shed: loadShed({ concurrency: 1 }),
      limit: adaptiveLimit(),
      throttle: throttle(),
      hedge: hedge({ after: 1 }),
      inject: inject(injector()),
    };
    const line = pipeline('all', Object.values(policies), { idempotent: true });
    expectTypeOf(line.machine(policies.breaker)).toEqualTypeOf<CircuitBreaker>();
    expectTypeOf(line.machine(policies.bulkhead)).toEqualTypeOf<Bulkhead>();
    expectTypeOf(line.machine(policies.shed)).toEqualTypeOf<LoadShedder>();
    expectTypeOf(line.machine(policies.limit)).toEqualTypeOf<AdaptiveLimiter>();
    expectTypeOf(line.machine(policies.throttle)).toEqualTypeOf<Throttle>();
    expectTypeOf(line.machine(policies.hedge)).toEqualTypeOf<Hedger>();
    expectTypeOf(line.machine(policies.inject)).toEqualTypeOf<Injector>();
    expect(line.machine(policies.breaker).state).toBe('closed');
  });
});

describe('pipelines by key', () => {
  it('have the type of what makes them', () => {
    const hosts = pipelines((host) => pipeline(host, [fallback(null), retry()]));
    expectTypeOf(hosts.get('a')).toEqualTypeOf<Pipeline<null, true>>();
    expectTypeOf(hosts.get('a').run(getStock, { key: 'k' })).toEqualTypeOf<Promise<Stock | null>>();
    // @ts-expect-error -- the key is missing
    void hosts.get('a').outcome(getStock);
    expect(hosts.keys).toEqual(['a']);
  });
});

describe('options', () => {
  it('are held to what they may be', () => {
    // @ts-expect-error -- a unit that there is not
    expect(() => timeout('5 minutes')).toThrow('Expected');
    // @ts-expect-error -- an option that there is not
    expect(() => retry({ retries: 3 })).toThrow('Expected');
    // @ts-expect-error -- an algorithm that there is not
    expect(() => adaptiveLimit({ algorithm: 'reno' })).toThrow('Expected');
    // @ts-expect-error -- an effect without what it needs
    expect(() => injector().begin({ id: 'a', effect: 'latency' })).toThrow('Expected');
    // @ts-expect-error -- a percentile is a number
    expect(() => hedge({ after: { percentile: '95%' } })).toThrow('Expected');
  });
});
