import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { circuitBreaker } from '../policies/circuit-breaker/index.ts';
import { fallback } from '../policies/fallback/index.ts';
import { hedge } from '../policies/hedge/index.ts';
import { constant, retry } from '../policies/retry/index.ts';
import { timeout } from '../policies/timeout/index.ts';
import { BulkheadFullError } from '../policies/bulkhead/index.ts';
import { pipeline } from '../pipeline.ts';
import { hangs, takes, virtualRuntime } from '../testing/index.ts';
import { type EndpointsOptions, endpoints } from './index.ts';

const servers = ['http://a', 'http://b', 'http://c'];

function setUp(options: Partial<EndpointsOptions> = {}) {
  const runtime = virtualRuntime();
  const inventory = endpoints('inventory', { source: servers, runtime, ...options });
  const total = () => inventory.set.endpoints.reduce((sum, { inFlight }) => sum + inFlight, 0);
  return { runtime, time: runtime.time, recorder: runtime.recorder, inventory, inFlight: total };
}

describe('a call', () => {
  it('gets a server, and its outcome is recorded', async () => {
    const { inventory, time, inFlight } = setUp();
    const calling = inventory.call(({ url }) =>
      takes(20, url, time)({ signal: new AbortController().signal } as never),
    );
    expect(inFlight()).toBe(1);
    await time.advance(20);
    const url = await calling;
    expect(inFlight()).toBe(0);
    expect(inventory.set.endpoints.find((one) => one.url === url)?.latencyMs).toBe(20);
  });

  it('rejects with the very error of the work, thrown or rejected, and takes plain values', async () => {
    const { inventory, inFlight } = setUp();
    const trouble = new Error('trouble');
    const throws = () => {
      throw trouble;
    };
    await expect(inventory.call(throws)).rejects.toBe(trouble);
    await expect(inventory.call(() => Promise.reject(trouble))).rejects.toBe(trouble);
    expect(await inventory.call(() => 7)).toBe(7);
    expect(inFlight()).toBe(0);
  });

  it('each attempt of a retry goes to another server', async () => {
    const { inventory, runtime } = setUp({ ejection: false });
    const line = pipeline('line', [retry({ attempts: 5, backoff: constant(0) })], {
      runtime,
      idempotent: true,
    });
    for (let i = 0; i < 20; i++) {
      const asked: string[] = [];
      await line.outcome((attempt) =>
        inventory.call(({ url }) => {
          asked.push(url);
          throw new Error('down');
        }, attempt),
      );
      expect(new Set(asked.slice(0, 3))).toEqual(new Set(servers));
      expect(asked).toHaveLength(5);
    }
  });

  it('many calls of one attempt go wherever is best; only those that failed are avoided', async () => {
    const { inventory, runtime } = setUp({ ejection: false, balance: 'random' });
    const line = pipeline('line', [], { runtime });
    await line.run(async (attempt) => {
      const asked = new Map<string, number>();
      const ask = (fails: string) =>
        inventory
          .call(async ({ url }) => {
            asked.set(url, (asked.get(url) ?? 0) + 1);
            if (url === fails) throw new Error('down');
          }, attempt)
          .catch(() => {});
      for (let i = 0; i < 300; i++) await ask('http://a');
      expect(asked.get('http://a')).toBe(1);
      expect(asked.get('http://b')).toBeGreaterThan(100);
      expect(asked.get('http://c')).toBeGreaterThan(100);
      await Promise.all(Array.from({ length: 1_000 }, () => ask('')));
    });
  });

  it('so does a hedged attempt, while the first is under way; the loser counts as neither', async () => {
    const { inventory, runtime, time, inFlight } = setUp({ ejection: { consecutiveFailures: 1 } });
    const line = pipeline('line', [hedge({ after: 10, budget: 10 })], { runtime, idempotent: true });
    for (let i = 0; i < 10; i++) {
      const asked: string[] = [];
      const work = line.run((attempt) =>
        inventory.call(({ url, signal }) => {
          asked.push(url);
          return takes(asked.length === 1 ? 5_000 : 5, url, time)({ signal } as never);
        }, attempt),
      );
      await time.advance(15);
      expect(await work).toBe(asked[1]);
      expect(asked[0]).not.toBe(asked[1]);
    }
    expect(inFlight()).toBe(0);
    expect(inventory.set.counts.ejected).toBe(0);
  });

  it('that is given up by its caller counts as neither; one that timed out has failed', async () => {
    const { inventory, runtime, time, inFlight } = setUp({
      source: ['http://a', 'http://b'],
      ejection: { consecutiveFailures: 1 },
    });
    const line = pipeline('line', [timeout(100)], { runtime });
    const controller = new AbortController();
    const left = line.outcome((attempt) => inventory.call(() => hangs()(attempt), attempt), {
      signal: controller.signal,
    });
    controller.abort('left');
    expect(await left).toEqual({ ok: false, error: 'left' });
    expect(inFlight()).toBe(0);
    expect(inventory.set.counts.ejected).toBe(0);

    const slow = line.outcome((attempt) => inventory.call(() => hangs()(attempt), attempt));
    await time.advance(100);
    expect(await slow).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(inFlight()).toBe(0);
    expect(inventory.set.counts.ejected).toBe(1);
  });

  it('several servers of several names may be called in one attempt; a time-out counts for each', async () => {
    const { inventory, runtime, time } = setUp({
      source: ['http://a', 'http://b'],
      ejection: { consecutiveFailures: 1 },
    });
    const source = ['http://x', 'http://y'];
    const prices = endpoints('prices', { source, runtime, ejection: { consecutiveFailures: 1 } });
    const line = pipeline('line', [timeout(100)], { runtime });
    const slow = line.outcome((attempt) =>
      Promise.all([inventory, prices].map((one) => one.call(() => hangs()(attempt), attempt))),
    );
    await time.advance(100);
    expect(await slow).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect([inventory.set.counts.ejected, prices.set.counts.ejected]).toEqual([1, 1]);
  });

  it('works without a pipeline, with a signal or with none', async () => {
    const { inventory, inFlight } = setUp({ ejection: { consecutiveFailures: 1 } });
    const controller = new AbortController();
    const calling = inventory.call(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      { signal: controller.signal },
    );
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(2);
    controller.abort('left');
    await expect(calling).rejects.toBe('left');
    expect(inFlight()).toBe(0);
    const longLived = new AbortController().signal;
    for (let i = 0; i < 10; i++) await inventory.call(() => 1, { signal: longLived });
    expect(getEventListeners(longLived, 'abort')).toHaveLength(0);
    expect(inventory.set.counts.ejected).toBe(0);
    expect(await inventory.call(({ signal }) => signal.aborted)).toBe(false);
  });

  it('fails when its result says so, and not when a policy within turned it away', async () => {
    const { inventory } = setUp({
      source: ['http://a', 'http://b'],
      ejection: { consecutiveFailures: 3 },
      isFailureResult: (answer) => answer === 'busy',
    });
    const refused = () => Promise.reject(new BulkheadFullError('inner', 'full', 1, 0));
    for (let i = 0; i < 20; i++) await inventory.call(refused).catch(() => {});
    expect(inventory.set.counts.ejected).toBe(0);
    expect(inventory.set.endpoints.every(({ latencyMs }) => latencyMs === 0)).toBe(true);
    for (let i = 0; i < 20; i++) await inventory.call(() => ({ status: 503 }));
    expect(inventory.set.counts.ejected).toBe(0);
    for (let i = 0; i < 20; i++) await inventory.call(() => 'busy');
    expect(inventory.set.counts.ejected).toBe(1);
  });

  it('has failed by default when the response says that the server has', async () => {
    const { inventory } = setUp({ source: ['http://a', 'http://b'], ejection: { consecutiveFailures: 3 } });
    for (const answer of [{ status: 404 }, { status: 200 }, { status: '500' }, undefined, null, 500, 'x']) {
      for (let i = 0; i < 10; i++) await inventory.call(() => answer);
    }
    expect(inventory.set.counts.ejected).toBe(0);
    for (let i = 0; i < 10; i++) await inventory.call(async () => new Response('', { status: 503 }));
    expect(inventory.set.counts.ejected).toBe(1);
  });
});

it('a refusal ends no run of failures', async () => {
  const { inventory } = setUp({ source: ['http://a', 'http://b'], ejection: { consecutiveFailures: 3 } });
  const refused = new BulkheadFullError('inner', 'full', 1, 0);
  for (const error of [new Error('down'), new Error('down'), refused, new Error('down')]) {
    // Two calls at a time go to the two servers.
    const both = [1, 2].map(() => inventory.call(async () => Promise.reject(error)).catch(() => {}));
    await Promise.all(both);
  }
  expect(inventory.set.counts.ejected).toBe(1);
});

describe('when nobody is there', () => {
  it('calls are refused with what is known of it', async () => {
    const { inventory, recorder } = setUp({ source: [] });
    await expect(inventory.call(() => 1)).rejects.toMatchObject({
      name: 'SeaworthyError',
      code: 'SERVER_NOT_FOUND',
      policy: 'endpoints',
      pipeline: 'inventory',
      because: 'none-known',
      known: 0,
      message:
        'No server of "inventory" to go to: its source (list) knows of none. See that servers run and are registered there.',
    });
    expect(recorder.of('endpoints.not-found')).toMatchObject([
      { pipeline: 'inventory', because: 'none-known' },
    ]);
  });

  it('tells of unhealthy and ejected ones, where all are shut out', async () => {
    const { inventory } = setUp({ source: servers, panicBelow: 0 });
    await inventory.ready();
    for (const endpoint of inventory.set.endpoints) inventory.set.checked(endpoint, false);
    await expect(inventory.call(() => 1)).rejects.toMatchObject({
      because: 'none-available',
      known: 3,
      unhealthy: 3,
      retryAfterMs: undefined,
      message: expect.stringContaining('of 3 known 3 are unhealthy and 0 ejected'),
    });
  });

  it('the source error is the cause, and the next question is when to come back', async () => {
    const trouble = new Error('registry is away');
    const { inventory, runtime } = setUp({ source: () => Promise.reject(trouble) });
    const error = await inventory.call(() => 1).catch((error: unknown) => error);
    expect(error).toMatchObject({ because: 'source-failed', cause: trouble });
    expect(error).toMatchObject({ message: expect.stringContaining('registry is away') });
    const { retryAfterMs } = error as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(1_000);
    expect(runtime.recorder.types).toEqual(['endpoints.source-failed', 'endpoints.not-found']);
  });

  it('it is a refusal: not retried, no failure to a breaker, and answered by a fallback', async () => {
    const { inventory, runtime } = setUp({ source: [] });
    const breaker = circuitBreaker({ consecutiveFailures: 1 });
    const line = pipeline('line', [fallback('none'), retry(), breaker], { runtime, idempotent: true });
    let attempts = 0;
    const answer = line.run((attempt) => {
      attempts++;
      return inventory.call(() => 'some', attempt);
    });
    expect(await answer).toBe('none');
    expect(attempts).toBe(1);
    expect(line.machine(breaker).state).toBe('closed');
  });

  it('nor is there after it was closed, and no timer is left', async () => {
    const { inventory, time } = setUp({
      source: async () => servers,
      health: { check: () => true },
    });
    await inventory.ready();
    await time.advance(60_000);
    expect(time.nextTimerAt).toBeDefined();
    await inventory.close();
    expect(time.nextTimerAt).toBeUndefined();
    await expect(inventory.call(() => 1)).rejects.toMatchObject({
      code: 'SERVER_NOT_FOUND',
      because: 'closed',
    });
    await inventory.refresh();
    expect(time.nextTimerAt).toBeUndefined();
  });
});

it('refuses what cannot be right', () => {
  const make = (options: Record<string, unknown>) => () =>
    endpoints('inventory', { source: servers, ...options });
  expect(() => endpoints('', { source: servers })).toThrow('`name`');
  expect(make({ source: undefined })).toThrow('`source`');
  expect(make({ source: ['not a url'] })).toThrow('`url`');
  expect(make({ source: [{ url: 'http://a', weight: 0 }] })).toThrow('weight of http://a');
  expect(make({ source: [{ url: 'http://a', priority: -1 }] })).toThrow('priority of http://a');
  expect(make({ panicBelow: 0.9 })).toThrow('panicBelow');
  expect(make({ balance: 'best' })).toThrow('balance');
  expect(make({ health: {} })).toThrow('health.check');
  expect(make({ health: { check: () => true, jitter: 2 } })).toThrow('health.jitter');
  expect(make({ ejection: { maxShare: 0 } })).toThrow('ejection.maxShare');
  expect(make({ ejection: { basetime: 1 } })).toThrow('basetime');
  expect(make({ refreshEvery: 10 })).toThrow('refreshEvery');
  expect(make({ sauce: 1 })).toThrow('sauce');
});
