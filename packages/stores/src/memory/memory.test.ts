import { VirtualTime } from '@seaworthy/protect/testing';
import { describe, expect, it } from 'vitest';
import { describeStore, describeTransactions } from '../fixtures/contract.ts';
import { memoryStore } from './memory.ts';

describe('the memory store', () => {
  const clock = new VirtualTime();
  const store = memoryStore({ clock });
  describeStore(
    () => store,
    (ms) => clock.advance(ms),
  );
  describeTransactions(() => store);

  it('writes a record in a transaction at once', async () => {
    expect(await store.createIn(undefined, 'joined', 'x', { ttlMs: 100 })).toMatchObject({ written: true });
    expect(await store.createIn(undefined, 'joined', 'y')).toMatchObject({ written: false });
    await clock.advance(100);
    expect(await store.read('joined')).toBeUndefined();
  });

  it('is busy with a key while its work runs', async () => {
    let finish = (_reply: string) => {};
    const running = store.createWith('busy', () => new Promise((resolve) => void (finish = resolve)));
    expect(await store.createWith('busy', () => 'other')).toEqual({ written: false, busy: true });
    finish('reply');
    expect((await running).written).toBe(true);
  });

  it('refuses what is beyond its bound rather than forgetting what it promised to keep', async () => {
    const small = memoryStore({ clock, maxRecords: 2 });
    await small.write('a', '1');
    await small.write('b', '2', { ttlMs: 100 });
    await expect(small.write('c', '3')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await small.write('a', '4');
    await clock.advance(100);
    expect((await small.write('c', '3')).written).toBe(true);
    expect((await small.read('a'))?.value).toBe('4');
  });

  it('refuses a bound that is none', () => {
    expect(() => memoryStore({ maxRecords: 0 })).toThrow('maxRecords');
  });
});
