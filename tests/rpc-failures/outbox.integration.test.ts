/** The outbox and its relay, with all that can happen to an intent; time is virtual, so no case waits. */
import { constant, pipeline, retry } from '@seaworthy/protect';
import { outbox } from '@seaworthy/protect/outbox';
import { memoryStore } from '@seaworthy/stores/memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { held, OutboxBench, stop } from './fixtures/outbox-bench.ts';

let bench: OutboxBench;
const advance = (ms: number) => bench.runtime.time.advance(ms);
const trouble = new Error('trouble');
const fails = () => Promise.reject(trouble);

beforeEach(() => {
  bench = new OutboxBench();
});

describe('an outbox', () => {
  it('has an intent sent as soon as it is stored, and then forgets it', async () => {
    const process = await bench.start();
    await advance(5);
    expect(await process.outbox.put({ n: 1 }, { key: 'k-1' })).toEqual({ key: 'k-1', stored: true });
    await advance(1);
    expect(bench.received[0]).toMatchObject({
      payload: { n: 1 },
      key: 'k-1',
      attempt: 1,
      resumed: false,
      headers: { 'idempotency-key': '"k-1"', 'seaworthy-client': '"c-1"' },
    });
    expect(await process.outbox.count()).toEqual({ alive: 0, dead: 0 });
    await advance(60_000);
    expect(bench.numbers).toEqual([1]);
    await stop(process);
    expect(bench.runtime.time.nextTimerAt).toBeUndefined();
  });

  it('makes a key where none is given, and keeps it over all attempts', async () => {
    const process = await bench.start({ backoff: constant('1s') });
    bench.receive = ({ attempt }) => (attempt < 4 ? fails() : undefined);
    const { key } = await process.outbox.put({ n: 1 });
    await advance(10_000);
    expect(bench.received.map((sending) => sending.key)).toEqual([key, key, key, key]);
    expect(bench.received.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    await stop(process);
  });

  it('stores an intent once, however often it is put, and refuses another with its key', async () => {
    const box = bench.outbox();
    const put = () => box.put({ n: 1 }, { key: 'k-1', orderingKey: 'a' });
    expect((await put()).stored).toBe(true);
    expect((await put()).stored).toBe(false);
    expect(await box.count()).toEqual({ alive: 1, dead: 0 });
    for (const other of [
      box.put({ n: 2 }, { key: 'k-1', orderingKey: 'a' }),
      box.put({ n: 1 }, { key: 'k-1' }),
    ]) {
      await expect(other).rejects.toMatchObject({ code: 'OUTBOX_KEY_TAKEN' });
    }
  });

  it('finds what another process has stored', async () => {
    const process = await bench.start();
    await advance(100);
    const elsewhere = bench.outbox();
    await elsewhere.put({ n: 1 });
    await advance(1_001);
    expect(bench.numbers).toEqual([1]);
    await stop(process);
  });

  it('keeps outboxes of different names apart', async () => {
    const process = await bench.start();
    await bench.outbox({ name: 'bench/2' }).put({ n: 2 });
    await advance(5_000);
    expect(bench.numbers).toEqual([]);
    await stop(process);
  });

  it('counts once for all who put at the same moment', async () => {
    let scans = 0;
    const scan: typeof bench.store.scan = (...args) => {
      scans++;
      return bench.store.scan(...args);
    };
    const box = bench.outbox({ store: { ...bench.store, scan } });
    await Promise.all(Array.from({ length: 100 }, (_, n) => box.put({ n })));
    expect(scans).toBe(1);
    expect(await box.count()).toEqual({ alive: 100, dead: 0 });
  });

  it('refuses intents beyond its bound until there is room', async () => {
    const process = await bench.start({ whenDead: 'skip', outbox: bench.outbox({ maxStored: 2 }) });
    await process.relay.close();
    await process.outbox.put({ n: 1 });
    await process.outbox.put({ n: 2 });
    await expect(process.outbox.put({ n: 3 })).rejects.toMatchObject({
      code: 'OUTBOX_FULL',
      retryAfterMs: 1_000,
    });
    const next = await bench.start({ outbox: process.outbox });
    await advance(1_000);
    await next.outbox.put({ n: 3 });
    await advance(1_000);
    expect(bench.numbers).toEqual([1, 2, 3]);
    await stop(next);
  });

  it('refuses options and intents that cannot be right', async () => {
    const box = bench.outbox();
    for (const bad of [
      { key: '' },
      { key: 'ä' },
      { key: 'x'.repeat(256) },
      { ttl: 0 },
      { orderingKey: 'x'.repeat(256) },
    ]) {
      await expect(box.put({ n: 1 }, bad)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    }
    await expect(box.put({ n: 1 }, { orderKey: 'a' } as object)).rejects.toThrow('orderKey');
    await expect(box.put(undefined as never)).rejects.toThrow('payload');
    await expect(box.put({ n: 1n } as never)).rejects.toThrow('payload');
    await expect(box.put('x'.repeat(262_144) as never)).rejects.toThrow('payload');
    expect(() => bench.outbox({ name: '' })).toThrow('name');
    expect(() => bench.outbox({ maxStored: 0 })).toThrow('maxStored');
    expect(() => bench.outbox({ store: undefined as never })).toThrow('store');
    for (const bad of [
      { concurrency: 0 },
      { attempts: 0 },
      { poll: 1 },
      { whenDead: 'wait' },
      { send: 7 },
      { outbox: {} },
    ]) {
      await expect(bench.start(bad as object)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    }
  });
});

describe('an outbox in a transaction', () => {
  it('stores an intent with the work, once, and neither when the work fails', async () => {
    const box = outbox<{ n: number }, undefined>({
      name: 'bench',
      store: bench.store,
      runtime: bench.runtime,
    });
    const orders: number[] = [];
    const put = (work: () => void | Promise<void>) => box.putWith(work, { n: 1 }, { key: 'order-1' });
    await expect(put(fails)).rejects.toBe(trouble);
    expect(await box.count()).toEqual({ alive: 0, dead: 0 });
    expect((await put(() => void orders.push(1))).stored).toBe(true);
    expect((await put(() => void orders.push(1))).stored).toBe(false);
    expect(orders).toEqual([1]);
    expect(await box.count()).toEqual({ alive: 1, dead: 0 });
  });

  it('says so when two put the same intent at once', async () => {
    const box = outbox<{ n: number }, undefined>({
      name: 'bench',
      store: bench.store,
      runtime: bench.runtime,
    });
    const working = held();
    const first = box.putWith(() => working.promise, { n: 1 }, { key: 'order-1' });
    await advance(0);
    const second = box.putWith(() => undefined, { n: 1 }, { key: 'order-1' });
    await expect(second).rejects.toMatchObject({ code: 'OUTBOX_KEY_TAKEN', retryAfterMs: 100 });
    working.resolve();
    expect((await first).stored).toBe(true);
  });

  it('asks for a store with transactions', async () => {
    const plain = { ...memoryStore(), createWith: undefined };
    const box = outbox<{ n: number }, undefined>({ name: 'bench', store: plain as never });
    await expect(box.putWith(() => undefined, { n: 1 })).rejects.toThrow('transactions');
  });
});

describe('a relay', () => {
  it('waits longer after each failure, and never goes beyond the attempts it has', async () => {
    const process = await bench.start({ attempts: 4, backoff: (attempt) => attempt * 1_000 });
    const times: number[] = [];
    bench.receive = () => {
      times.push(bench.runtime.time.now());
      return fails();
    };
    await process.outbox.put({ n: 1 }, { key: 'k-1' });
    await advance(3_600_000);
    expect(times.map((time) => Math.round((time - times[0]!) / 1_000))).toEqual([0, 1, 3, 6]);
    expect(await process.outbox.dead.list()).toMatchObject([
      { key: 'k-1', payload: { n: 1 }, attempts: 4, because: 'attempts', failure: { message: 'trouble' } },
    ]);
    expect(bench.runtime.recorder.types.filter((type) => type.startsWith('outbox'))).toEqual([
      'outbox.stored',
      'outbox.retry-scheduled',
      'outbox.retry-scheduled',
      'outbox.retry-scheduled',
      'outbox.dead',
    ]);
    await stop(process);
  });

  it('gives up at once on an error that is not worth another attempt', async () => {
    const process = await bench.start({ on: (error) => error !== trouble });
    bench.receive = fails;
    await process.outbox.put({ n: 1 });
    await advance(1_000);
    expect(bench.numbers).toEqual([1]);
    expect((await process.outbox.dead.list())[0]?.because).toBe('rejected');
    await stop(process);
  });

  it('keeps the pause that the other side asks for', async () => {
    const process = await bench.start({ backoff: constant(1) });
    bench.receive = ({ attempt }) =>
      attempt === 1 ? Promise.reject(Object.assign(new Error('busy'), { retryAfterMs: 30_000 })) : undefined;
    await process.outbox.put({ n: 1 });
    await advance(29_000);
    expect(bench.numbers).toEqual([1]);
    await advance(2_000);
    expect(bench.numbers).toEqual([1, 1]);
    await stop(process);
  });

  it('counts no attempt that a policy of ours turned away', async () => {
    const gate = pipeline('gate', [retry({ attempts: 1 })], { runtime: bench.runtime });
    await gate.close();
    const process = await bench.start({ attempts: 2, backoff: constant('1s') });
    bench.receive = ({ key }) => gate.run(() => 'sent', { key });
    await process.outbox.put({ n: 1 });
    await advance(60_000);
    expect(bench.received.length).toBeGreaterThan(30);
    expect(new Set(bench.received.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    expect(await process.outbox.count()).toEqual({ alive: 1, dead: 0 });
    await stop(process);
  });

  it('sends the intents of one key in their order, those of others beside them, and no more at once than it may', async () => {
    const process = await bench.start({ concurrency: 3 });
    let running = 0;
    let most = 0;
    bench.receive = async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => void bench.runtime.timers.set(resolve, 100));
      running--;
    };
    for (let n = 0; n < 40; n++) await process.outbox.put({ n }, n < 20 ? { orderingKey: 'a' } : {});
    await advance(1_000);
    // Ten rounds of three places, of which the ordered ones never take more than one.
    expect(bench.numbers.filter((n) => n < 20).length).toBeLessThanOrEqual(11);
    await advance(10_000);
    expect(most).toBe(3);
    expect(bench.numbers.filter((n) => n < 20)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect([...bench.numbers].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    await stop(process);
  });

  it('keeps the order of intents that are put while it reads the store page by page', async () => {
    let pages = 0;
    const scan: typeof bench.store.scan = async (prefix, options) => {
      const page = await bench.store.scan(prefix, options);
      // Of the two, the one put first lies in the page that was just read, the other in the next.
      if (page.length > 1 && ++pages === 1) {
        const box = bench.outbox();
        await box.put({ n: 1 }, { key: 'a-late', orderingKey: 'lane' });
        await box.put({ n: 2 }, { key: 'z-late', orderingKey: 'lane' });
      }
      return page;
    };
    const box = bench.outbox();
    for (let n = 100; n < 350; n++) await box.put({ n }, { key: `k-${n}` });
    const process = await bench.start({}, { store: { ...bench.store, scan } });
    await advance(5_000);
    expect(pages).toBeGreaterThan(1);
    expect(bench.numbers.filter((n) => n < 100)).toEqual([1, 2]);
    expect(bench.numbers).toHaveLength(252);
    await stop(process);
  });

  it.each(['halt', 'skip'] as const)(
    'lets a dead intent %s those behind it, and sends it when told to',
    async (whenDead) => {
      const process = await bench.start({ whenDead, attempts: 1 });
      bench.receive = ({ payload }) => (payload.n === 1 ? fails() : undefined);
      for (const n of [0, 1, 2, 3]) await process.outbox.put({ n }, { key: `k-${n}`, orderingKey: 'a' });
      await advance(10_000);
      expect(bench.numbers).toEqual(whenDead === 'halt' ? [0, 1] : [0, 1, 2, 3]);
      bench.receive = () => undefined;
      expect(await process.outbox.dead.retry('k-1')).toBe(true);
      expect(await process.outbox.dead.retry('k-1')).toBe(false);
      await advance(10_000);
      expect(bench.numbers).toEqual(whenDead === 'halt' ? [0, 1, 1, 2, 3] : [0, 1, 2, 3, 1]);
      expect(await process.outbox.count()).toEqual({ alive: 0, dead: 0 });
      await stop(process);
    },
  );

  it('goes on behind a dead intent that was thrown away', async () => {
    const process = await bench.start({ attempts: 1 });
    bench.receive = ({ payload }) => (payload.n === 0 ? fails() : undefined);
    for (const n of [0, 1]) await process.outbox.put({ n }, { key: `k-${n}`, orderingKey: 'a' });
    await advance(10_000);
    expect(await process.outbox.dead.discard('k-1')).toBe(false);
    expect(await process.outbox.dead.discard('k-0')).toBe(true);
    await advance(1);
    expect(bench.numbers).toEqual([0, 1]);
    await stop(process);
  });

  it('lists dead letters page by page', async () => {
    const process = await bench.start({ attempts: 1 });
    bench.receive = fails;
    for (let n = 0; n < 5; n++) await process.outbox.put({ n }, { key: `k-${n}` });
    await advance(10_000);
    const first = await process.outbox.dead.list({ limit: 3 });
    expect(first.map(({ key }) => key)).toEqual(['k-0', 'k-1', 'k-2']);
    const rest = await process.outbox.dead.list({ after: 'k-2' });
    expect(rest.map(({ key }) => key)).toEqual(['k-3', 'k-4']);
    await stop(process);
  });

  it('sends nothing whose time is over, and ends what is under way when it is', async () => {
    const box = bench.outbox({ ttl: '1h' });
    await box.put({ n: 1 }, { ttl: '5s' });
    await box.put({ n: 2 }, { key: 'slow', ttl: '15s' });
    await box.put({ n: 3 });
    await advance(5_000);
    let aborted: unknown;
    bench.receive = ({ payload, signal }) => {
      if (payload.n !== 2) return undefined;
      signal.addEventListener('abort', () => {
        aborted = signal.reason;
      });
      return new Promise(() => {});
    };
    const process = await bench.start({ outbox: box });
    await advance(9_999);
    expect(bench.numbers).toEqual([2, 3]);
    expect(aborted).toBeUndefined();
    await advance(1);
    expect(aborted).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect((await box.dead.list()).map(({ because }) => because)).toEqual(['expired', 'expired']);
    expect(bench.runtime.recorder.of('outbox.expired')).toHaveLength(2);
    // Sent again with a time of its own, since that of the outbox begins anew.
    bench.receive = () => undefined;
    await box.dead.retry('slow');
    await advance(1_000);
    expect(bench.numbers).toEqual([2, 3, 2]);
    await stop(process);
    expect(bench.runtime.time.nextTimerAt).toBeUndefined();
  });

  it('hands the deadline of an intent down to the pipelines within', async () => {
    const within = pipeline('within', [], { runtime: bench.runtime });
    const box = bench.outbox();
    const remaining: number[] = [];
    bench.receive = () => within.run((attempt) => void remaining.push(attempt.remainingMs));
    const process = await bench.start({ outbox: box });
    await box.put({ n: 1 }, { ttl: '5s' });
    await box.put({ n: 2 });
    await advance(1_000);
    expect(remaining).toEqual([5_000, Infinity]);
    await stop(process);
  });

  it('waits for what is under way when it closes, and no longer than it is told to', async () => {
    const sending = held();
    const process = await bench.start();
    let reason: unknown;
    bench.receive = ({ signal }) => {
      signal.addEventListener('abort', () => {
        ({ reason } = signal);
      });
      return sending.promise;
    };
    await process.outbox.put({ n: 1 });
    await process.outbox.put({ n: 2 }, { key: 'k-2' });
    await advance(1);
    const patient = process.relay.close();
    await advance(60_000);
    expect(process.relay.running).toBe(2);
    const hasty = process.relay.close({ within: '2s' });
    await advance(2_000);
    await Promise.all([patient, hasty]);
    expect(reason).toMatchObject({ code: 'OUTBOX_CLOSED' });
    expect(process.relay.running).toBe(0);
    // Another has it at once, though the client that gave it back lives on.
    bench.receive = () => undefined;
    const other = await bench.start({}, { client: 'c-2' });
    await advance(10);
    expect(bench.numbers).toEqual([1, 2, 1, 2]);
    await stop(other);
    await process.life.close();
    expect(bench.runtime.time.nextTimerAt).toBeUndefined();
  });

  it('goes on when the store was away, and sends nothing twice for it', async () => {
    let away = false;
    const shaky = {
      ...bench.store,
      write: (...args: Parameters<typeof bench.store.write>) =>
        away ? Promise.reject(new Error('away')) : bench.store.write(...args),
      remove: (...args: Parameters<typeof bench.store.remove>) =>
        away ? Promise.reject(new Error('away')) : bench.store.remove(...args),
    };
    const process = await bench.start({}, { store: shaky });
    const sending = held();
    bench.receive = () => sending.promise;
    await process.outbox.put({ n: 1 });
    await advance(100);
    away = true;
    sending.resolve();
    await advance(1_500);
    expect(bench.runtime.recorder.of('outbox.store-failed').length).toBeGreaterThan(0);
    away = false;
    await advance(3_000);
    expect(await process.outbox.count()).toEqual({ alive: 0, dead: 0 });
    expect(bench.numbers).toEqual([1]);
    await stop(process);
  });
});
