/** Clients that die, freeze and come back, and what becomes of what they were sending; time is virtual. */
import { beginLife, startRelay } from '@seaworthy/protect/outbox';
import { type VirtualRuntime, virtualRuntime } from '@seaworthy/protect/testing';
import { createLogger, logEvents } from '@seaworthy/watch';
import { beforeEach, describe, expect, it } from 'vitest';
import { held, OutboxBench, stop } from './fixtures/outbox-bench.ts';

let bench: OutboxBench;
/** Moves the time of the store, and of every process that is not frozen. */
const advance = (ms: number) => bench.runtime.time.advance(ms);
/** The runtime of a process whose time can be stopped by not moving it: SIGKILL and SIGSTOP look the same from outside. */
const mortal = (): VirtualRuntime => virtualRuntime();

beforeEach(() => {
  bench = new OutboxBench();
});

describe('a client', () => {
  const begin = (client = 'c-1', runtime = bench.runtime) =>
    beginLife({ store: bench.store, client, lease: '3s', runtime });

  it('has a higher epoch in each life, also when its record was lost', async () => {
    const epochs: number[] = [];
    for (let n = 0; n < 3; n++) {
      const life = await begin();
      epochs.push(life.epoch);
      expect(life.headers()).toEqual({ 'seaworthy-client': '"c-1"', 'seaworthy-epoch': String(life.epoch) });
      await life.close();
    }
    await advance(1_000);
    expect(await bench.store.remove('client/c-1')).toBe(true);
    epochs.push((await begin()).epoch);
    expect(epochs).toEqual([...new Set(epochs)].toSorted((a, b) => a - b));
  });

  it('lives as long as it renews its lease, and leaves no timer when it is closed', async () => {
    const life = await begin();
    await advance(600_000);
    expect(life.alive).toBe(true);
    expect(life.signal.aborted).toBe(false);
    expect((await bench.store.read('client/c-1'))?.ageMs).toBeLessThanOrEqual(1_000);
    await life.close();
    expect(await life.ended).toBeUndefined();
    expect(life.signal.reason).toMatchObject({ code: 'OUTBOX_CLOSED' });
    expect(bench.runtime.time.nextTimerAt).toBeUndefined();
  });

  it('ends at its next renewal when a newer life of its name began elsewhere, and does not fight for it', async () => {
    const frozen = mortal();
    const first = await begin('c-1', frozen);
    const second = await begin();
    expect(second.epoch).toBeGreaterThan(first.epoch);
    await frozen.time.advance(1_000);
    expect(await first.ended).toMatchObject({ code: 'STALE_EPOCH' });
    expect(first.signal.reason).toMatchObject({ code: 'STALE_EPOCH' });
    await frozen.time.advance(600_000);
    expect(frozen.time.nextTimerAt).toBeUndefined();
    await advance(10_000);
    expect(second.alive).toBe(true);
    expect(frozen.recorder.of('client.lost')).toMatchObject([{ because: 'newer-life', epoch: first.epoch }]);
    await second.close();
  });

  it('begins a new life by itself when the store was away for longer than its lease', async () => {
    let away = false;
    const store = {
      ...bench.store,
      write: (...args: Parameters<typeof bench.store.write>) =>
        away ? Promise.reject(new Error('away')) : bench.store.write(...args),
    };
    const life = await beginLife({ store, client: 'c-1', lease: '3s', runtime: bench.runtime });
    const { epoch, signal } = life;
    away = true;
    await advance(2_000);
    expect(signal.aborted).toBe(false);
    await advance(10_000);
    expect(signal.reason).toMatchObject({ code: 'CLIENT_LEASE_LOST' });
    expect(life.alive).toBe(false);
    away = false;
    await advance(1_100);
    expect(life.alive).toBe(true);
    expect(life.epoch).toBeGreaterThan(epoch);
    await life.close();
    expect(bench.runtime.time.nextTimerAt).toBeUndefined();
  });

  it('begins no new life when a newer one began elsewhere while the store was away', async () => {
    let away = false;
    const store = {
      ...bench.store,
      write: (...args: Parameters<typeof bench.store.write>) =>
        away ? Promise.reject(new Error('away')) : bench.store.write(...args),
    };
    const life = await beginLife({ store, client: 'c-1', lease: '3s', runtime: bench.runtime });
    away = true;
    await advance(5_000);
    expect(life.signal.reason).toMatchObject({ code: 'CLIENT_LEASE_LOST' });
    const newer = await begin('c-1', mortal());
    away = false;
    await advance(2_000);
    expect(await life.ended).toMatchObject({ code: 'STALE_EPOCH' });
    expect(life.alive).toBe(false);
    expect((await bench.store.read('client/c-1'))?.value).toContain(String(newer.epoch));
    expect(bench.runtime.time.nextTimerAt).toBeUndefined();
  });

  it('keeps its life when a renewal was done but its answer was lost', async () => {
    let lose = false;
    const store = {
      ...bench.store,
      async write(...args: Parameters<typeof bench.store.write>) {
        const result = await bench.store.write(...args);
        if (lose) throw new Error('reply lost');
        return result;
      },
    };
    const life = await beginLife({ store, client: 'c-1', lease: '3s', runtime: bench.runtime });
    const { epoch } = life;
    lose = true;
    await advance(1_100);
    lose = false;
    await advance(10_000);
    expect(life.alive).toBe(true);
    expect(life.epoch).toBe(epoch);
    // The same when it was the first write of a life that is not the first.
    lose = true;
    await advance(3_600);
    expect(life.alive).toBe(false);
    await advance(1_000);
    lose = false;
    await advance(2_000);
    expect(life.alive).toBe(true);
    await life.close();
  });

  it('refuses options that cannot be right', async () => {
    for (const bad of [{ client: '' }, { client: 'ä' }, { lease: 1 }, { store: {} }, { epoch: 7 }]) {
      const beginning = beginLife({ store: bench.store, ...bad } as never);
      await expect(beginning).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    }
  });
});

describe('an intent whose sender died', () => {
  const died = new Promise<never>(() => {});

  it('is sent by another when the lease is over on the clock of the store, and not before', async () => {
    bench.receive = () => died;
    const dead = await bench.start({}, { client: 'dead', runtime: mortal() });
    await dead.outbox.put({ n: 1 }, { key: 'k-1', orderingKey: 'a' });
    await dead.outbox.put({ n: 2 }, { orderingKey: 'a' });
    await dead.runtime.time.advance(1);
    expect(bench.numbers).toEqual([1]);
    bench.receive = () => undefined;
    const other = await bench.start({}, { client: 'other' });
    await advance(2_900);
    expect(bench.numbers).toEqual([1]);
    await advance(1_200);
    expect(bench.numbers).toEqual([1, 1, 2]);
    expect(bench.received.map(({ key }) => key).slice(0, 2)).toEqual(['k-1', 'k-1']);
    expect(bench.received[1]).toMatchObject({ attempt: 2, resumed: true });
    expect(bench.received[1]!.token).toBeGreaterThan(bench.received[0]!.token);
    expect(bench.runtime.recorder.of('outbox.taken-over')).toMatchObject([
      { key: 'k-1', client: 'dead', epoch: dead.life.epoch },
    ]);
    await stop(other);
  });

  it('is sent at once by the next life of its client', async () => {
    bench.receive = () => died;
    const dead = await bench.start({}, { runtime: mortal() });
    await dead.outbox.put({ n: 1 });
    await dead.runtime.time.advance(1);
    bench.receive = () => undefined;
    const next = await bench.start();
    await advance(10);
    expect(bench.received).toMatchObject([{ attempt: 1 }, { attempt: 2, resumed: true }]);
    await stop(next);
  });

  it('shows in the log, as all that someone may have to look at', async () => {
    const lines: string[] = [];
    const stream = { writableLength: 0, write: (line: string) => lines.push(line) };
    logEvents(bench.runtime.events, createLogger({ service: 'orders', clock: bench.runtime.time, stream }));
    bench.receive = () => died;
    const dead = await bench.start({}, { client: 'dead', runtime: mortal() });
    await dead.outbox.put({ n: 1 }, { key: 'k-1' });
    await dead.runtime.time.advance(1);
    bench.receive = fails;
    const other = await bench.start({ attempts: 2 }, { client: 'other' });
    await advance(10_000);
    await stop(other);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'info', message: 'client.began', fields: { pipeline: 'other', epoch: other.life.epoch } },
      {
        level: 'info',
        message: 'outbox.taken-over',
        fields: { pipeline: 'bench', key: 'k-1', client: 'dead', epoch: dead.life.epoch },
      },
      {
        level: 'error',
        message: 'outbox.dead',
        fields: { key: 'k-1', attempts: 2, because: 'attempts', error: { message: 'trouble' } },
      },
    ]);
  });

  it('goes to the dead letters when its sending keeps killing its sender', async () => {
    bench.receive = () => died;
    await bench.outbox().put({ n: 1 });
    for (let n = 0; n < 5; n++) {
      const { runtime } = await bench.start({ attempts: 3 }, { runtime: mortal() });
      await runtime.time.advance(10);
    }
    expect(bench.received.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(await bench.outbox().dead.list()).toMatchObject([{ because: 'attempts', attempts: 3 }]);
  });

  it('is left to a sender that was only frozen until that is dead for the store, and is not spoiled by it later', async () => {
    const sending = held();
    let reason: unknown;
    bench.receive = ({ signal }) => {
      signal.addEventListener('abort', () => {
        ({ reason } = signal);
      });
      return sending.promise;
    };
    const frozen = await bench.start({}, { client: 'frozen', runtime: mortal() });
    await frozen.outbox.put({ n: 1 }, { key: 'k-1' });
    await frozen.runtime.time.advance(1);
    bench.receive = fails;
    const other = await bench.start({ backoff: () => 60_000 }, { client: 'other' });
    await advance(4_000);
    expect(bench.numbers).toEqual([1, 1]);
    // It wakes, succeeds, and wants to write that down: the intent is not its own any more.
    sending.resolve();
    await frozen.runtime.time.advance(1_000);
    expect(reason).toBeUndefined();
    expect(await other.outbox.count()).toEqual({ alive: 1, dead: 0 });
    // It has a new life by then, and does not take what the other has.
    await frozen.runtime.time.advance(5_000);
    expect(frozen.life.alive).toBe(true);
    bench.receive = () => undefined;
    await advance(60_000);
    expect(await other.outbox.count()).toEqual({ alive: 0, dead: 0 });
    await stop(other);
    await stop(frozen);
  });

  it('is told to stop when its client wakes and finds itself dead', async () => {
    let reason: unknown;
    bench.receive = ({ signal }) => {
      signal.addEventListener('abort', () => {
        ({ reason } = signal);
      });
      return died;
    };
    const frozen = await bench.start({}, { client: 'frozen', runtime: mortal() });
    await frozen.outbox.put({ n: 1 });
    await frozen.runtime.time.advance(1);
    bench.receive = () => undefined;
    const other = await bench.start({}, { client: 'other' });
    await advance(5_000);
    await frozen.runtime.time.advance(1_000);
    expect(reason).toMatchObject({ code: 'CLIENT_LEASE_LOST' });
    expect(bench.numbers).toEqual([1, 1]);
    await stop(other);
    await stop(frozen);
  });

  it('ends the relay of a life that was outlived', async () => {
    const first = await bench.start({}, { runtime: mortal() });
    const next = await bench.start();
    await first.runtime.time.advance(2_000);
    expect(await first.life.ended).toMatchObject({ code: 'STALE_EPOCH' });
    await first.outbox.put({ n: 1 });
    await first.runtime.time.advance(60_000);
    expect(bench.numbers).toEqual([]);
    expect(first.runtime.time.nextTimerAt).toBeUndefined();
    await advance(1_000);
    expect(bench.numbers).toEqual([1]);
    await stop(next);
  });

  it('is sent by one of two relays in one life, and by the other when that has closed', async () => {
    const first = await bench.start();
    bench.receive = () => died;
    await first.outbox.put({ n: 1 });
    await advance(1);
    const second = startRelay({ outbox: bench.outbox(), life: first.life, send: bench.send });
    await advance(30_000);
    expect(bench.numbers).toEqual([1]);
    bench.receive = () => undefined;
    const closing = first.relay.close({ within: '1s' });
    await advance(3_000);
    await closing;
    expect(bench.numbers).toEqual([1, 1]);
    await second.close();
    await first.life.close();
  });
});

function fails() {
  return Promise.reject(new Error('trouble'));
}
