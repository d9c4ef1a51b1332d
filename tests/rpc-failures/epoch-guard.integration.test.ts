/** A server that refuses and stops what belongs to an earlier life of its callers; time is virtual. */
import {
  type EpochGuard,
  epochGuard,
  type EpochGuardOptions,
  epochProblem,
  readClient,
} from '@seaworthy/protect/outbox';
import { type VirtualRuntime, virtualRuntime } from '@seaworthy/protect/testing';
import { memoryStore } from '@seaworthy/stores/memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { held } from './fixtures/outbox-bench.ts';

let runtime: VirtualRuntime;
let store: ReturnType<typeof memoryStore>;

beforeEach(() => {
  runtime = virtualRuntime();
  store = memoryStore({ clock: runtime.time });
});

const guardOf = (options: Partial<EpochGuardOptions> = {}) =>
  epochGuard({ scope: 'payments', runtime, ...options });
const call = (epoch: number, client = 'c-1', tenant?: string) => ({ client, epoch, tenant });
const fine = () => 'fine';

/** Work that goes on until it is told to stop, and tells why. */
function orphan(guard: EpochGuard, epoch: number, client?: string) {
  const stopped = held<unknown>();
  const done = guard.run(call(epoch, client), ({ signal }) => {
    signal.addEventListener('abort', () => stopped.resolve(signal.reason));
    return stopped.promise;
  });
  return { done, finish: () => stopped.resolve('finished') };
}

describe('an epoch guard', () => {
  it('refuses calls of an earlier life, and only of that client', async () => {
    const guard = guardOf();
    expect(await guard.run(call(2), fine)).toBe('fine');
    expect(await guard.run(call(2), fine)).toBe('fine');
    const stale = guard.run(call(1), () => expect.unreachable());
    await expect(stale).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect(await guard.run(call(1, 'c-2'), fine)).toBe('fine');
    expect(await guard.run(call(1, 'c-1', 'other'), fine)).toBe('fine');
    expect(await guard.run(undefined, fine)).toBe('fine');
    expect(runtime.recorder.of('epoch.refused')).toMatchObject([{ client: 'c-1', epoch: 1, newest: 2 }]);
  });

  it('stops what is at work for an earlier life when a newer one shows up', async () => {
    const guard = guardOf();
    const [first, second, other] = [orphan(guard, 1), orphan(guard, 1), orphan(guard, 1, 'c-2')];
    await runtime.time.advance(0);
    const reborn = orphan(guard, 2);
    expect(await first.done).toMatchObject({ code: 'STALE_EPOCH' });
    expect(await second.done).toMatchObject({ code: 'STALE_EPOCH' });
    reborn.finish();
    other.finish();
    expect(await Promise.all([reborn.done, other.done])).toEqual(['finished', 'finished']);
    expect(runtime.recorder.of('epoch.orphans-cancelled')).toMatchObject([
      { client: 'c-1', newest: 2, calls: 2 },
    ]);
  });

  it('hears of a newer life that showed up at another server', async () => {
    const [here, there] = [guardOf({ store }), guardOf({ store })];
    const left = orphan(here, 1);
    await runtime.time.advance(100);
    await there.run(call(2), fine);
    await runtime.time.advance(1_000);
    expect(await left.done).toMatchObject({ code: 'STALE_EPOCH' });
    await expect(here.run(call(1), fine)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect(runtime.time.nextTimerAt).toBeUndefined();
  });

  it('remembers over a restart with a store, and goes by what it knows while the store is away', async () => {
    await guardOf({ store }).run(call(2), fine);
    await expect(guardOf({ store }).run(call(1), fine)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    const read = () => Promise.reject(new Error('away'));
    const guard = guardOf({ store: { ...store, read } });
    expect(await guard.run(call(3), fine)).toBe('fine');
    await expect(guard.run(call(2), fine)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect(runtime.recorder.of('outbox.store-failed')).toHaveLength(1);
  });

  it('asks the store no more often than it has to', async () => {
    let reads = 0;
    const read: typeof store.read = (key) => {
      reads++;
      return store.read(key);
    };
    const guard = guardOf({ store: { ...store, read } });
    for (let n = 0; n < 100; n++) {
      await guard.run(call(1), fine);
      await runtime.time.advance(50);
    }
    expect(reads).toBeLessThanOrEqual(6);
  });

  it('forgets the client that it has not heard of for longest', async () => {
    const guard = guardOf({ maxClients: 2 });
    for (const client of ['a', 'b', 'c']) await guard.run(call(2, client), fine);
    expect(await guard.run(call(1, 'a'), fine)).toBe('fine');
    await expect(guard.run(call(1, 'c'), fine)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
  });

  it('begins no work whose deadline has passed, and stops what it has begun at the deadline', async () => {
    const guard = guardOf();
    const within = <T>(deadline: number, work: () => T) =>
      runtime.ambient.run({ deadline, attempt: 1 }, work);
    await runtime.time.advance(1_000);
    const late = within(1_000, () => guard.run(undefined, () => expect.unreachable()));
    await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const slow = within(1_500, () => orphan(guard, 1));
    await runtime.time.advance(500);
    expect(await slow.done).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(runtime.time.nextTimerAt).toBeUndefined();
  });

  it('throws the error of the work, and leaves nothing behind', async () => {
    const trouble = new Error('trouble');
    const guard = guardOf({ store });
    await expect(guard.run(call(1), () => Promise.reject(trouble))).rejects.toBe(trouble);
    expect(runtime.time.nextTimerAt).toBeUndefined();
  });

  it('answers in the words of HTTP', async () => {
    const guard = guardOf();
    await guard.run(call(2), fine);
    const stale: unknown = await guard.run(call(1), fine).catch((error: unknown) => error);
    expect(epochProblem(stale)).toMatchObject({ status: 409, type: 'urn:seaworthy:stale-epoch' });
    expect(epochProblem(stale)).not.toHaveProperty('retryAfterSeconds');
    expect(epochProblem(new Error('own'))).toBeUndefined();
    try {
      readClient({ 'seaworthy-client': '"c"' });
    } catch (error) {
      expect(epochProblem(error)).toMatchObject({ status: 400 });
    }
  });

  it('refuses options that cannot be right', () => {
    for (const bad of [{ scope: '' }, { check: 1 }, { keep: 1 }, { maxClients: 0 }, { store: {} as never }]) {
      expect(() => guardOf(bad)).toThrow(Object.keys(bad)[0]);
    }
  });
});
