import { once } from '@seaworthy/protect/idempotency';
import { type Store, StoreUnavailableError } from '@seaworthy/protect/store';
import { type VirtualRuntime, virtualRuntime } from '@seaworthy/protect/testing';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { describeStore } from '../fixtures/contract.ts';
import { memoryStore } from '../memory/memory.ts';
import { degradedStore, type DegradedStoreOptions } from './degraded.ts';

const request = { key: 'k-1', fingerprint: 'f-1' };
let runtime: VirtualRuntime;
let primary: ReturnType<typeof switchable>;

beforeEach(() => {
  runtime = virtualRuntime();
  primary = switchable(memoryStore({ clock: runtime.time }));
});

const degraded = (options: DegradedStoreOptions = {}) => degradedStore(primary, { runtime, ...options });
const never = () => {
  throw new Error('The work must not run.');
};
/** Long enough for the store to be asked again, and to be found up by the call that does so. */
async function comeBack(store: Store): Promise<void> {
  primary.isUp = true;
  await runtime.time.advance(2_000);
  await store.now().catch(() => undefined);
  await runtime.time.advance(0);
}

describe.each(['closed', 'open', 'local'] as const)('a store that degrades to %s, while it is up', (rule) => {
  describeStore(
    () => degraded({ whenDown: rule }),
    (ms) => runtime.time.advance(ms),
  );
});

describe('a store that is down', () => {
  it('is asked by one call, then only from the background, and works again when it is back', async () => {
    const store = degraded();
    primary.isUp = false;
    for (let n = 0; n < 10; n++) {
      await expect(store.write('k', 'v')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    }
    expect(primary.calls).toBe(1);
    await runtime.time.advance(2_000);
    await expect(store.read('k')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(primary.calls).toBe(2);
    await comeBack(store);
    expect((await store.write('k', 'v')).written).toBe(true);
    expect(runtime.recorder.of('shared-state.lost')).toMatchObject([{ store: 'memory', policy: 'store' }]);
    expect(runtime.recorder.of('shared-state.regained')).toHaveLength(1);
  });

  it('has another in its place, where the rule is local', async () => {
    const local = memoryStore({ clock: runtime.time });
    const store = degraded({ whenDown: 'local', local });
    await store.write('before', 'x');
    primary.isUp = false;
    expect(await store.read('before')).toBeUndefined();
    const first = await store.write('a', '1', { expect: 'absent', ttlMs: 5_000 });
    expect(await store.write('a', '2', { expect: 'absent' })).toMatchObject({
      written: false,
      current: { value: '1', version: first.written && first.version },
    });
    const second = await store.write('b', '2');
    expect(second.written && first.written && second.version > first.version).toBe(true);
    expect((await store.scan('')).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(await store.remove('b', first.written ? first.version : 0)).toBe(false);
    expect(await store.remove('b')).toBe(true);
    await comeBack(store);
    expect((await store.scan('')).map(({ key }) => key)).toEqual(['a', 'before']);
    await store.write('a', '3');
    expect((await primary.read('a'))?.value).toBe('3');
    expect(await local.scan('')).toEqual([]);
  });

  it('passes on what is no matter of availability', async () => {
    const store = degraded({ whenDown: 'open' });
    await expect(store.read('')).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    expect(runtime.recorder.of('shared-state.lost')).toEqual([]);
  });
});

describe('a once-only handler on a store that is down', () => {
  const handler = (store: Store) => once<string>({ store, scope: 's', lease: '3s', runtime });

  it('does no work, where the rule is closed', async () => {
    primary.isUp = false;
    const running = handler(degraded()).run(request, never);
    await expect(running).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('does the work each time, where the rule is open, and once again when the store is back', async () => {
    const store = degraded({ whenDown: 'open' });
    primary.isUp = false;
    expect(await handler(store).run(request, () => 'first')).toEqual({ reply: 'first', replayed: false });
    expect(await handler(store).run(request, () => 'second')).toEqual({ reply: 'second', replayed: false });
    await comeBack(store);
    expect((await handler(store).run(request, () => 'third')).replayed).toBe(false);
    expect(await handler(store).run(request, never)).toEqual({ reply: 'third', replayed: true });
  });

  it('does the work once in this process, where the rule is local, also after the store is back', async () => {
    const store = degraded({ whenDown: 'local' });
    primary.isUp = false;
    const tokens: number[] = [];
    await handler(store).run(request, ({ token }) => {
      tokens.push(token);
      return 'first';
    });
    expect(tokens[0]).toBeLessThan(0);
    expect(await handler(store).run(request, never)).toEqual({ reply: 'first', replayed: true });
    await comeBack(store);
    expect(await handler(store).run(request, never)).toEqual({ reply: 'first', replayed: true });
    // What no other machine knows.
    expect((await handler(primary).run(request, () => 'again')).replayed).toBe(false);
  });

  it.each(['open', 'local'] as const)(
    'records in the store what ends after it is back (%s)',
    async (rule) => {
      const store = degraded({ whenDown: rule });
      primary.isUp = false;
      const { work, finish } = held();
      const running = handler(store).run(request, work);
      await runtime.time.advance(500);
      await comeBack(store);
      finish('done');
      expect(await running).toEqual({ reply: 'done', replayed: false });
      expect(await handler(primary).run(request, never)).toEqual({ reply: 'done', replayed: true });
    },
  );

  it.each(['open', 'local'] as const)(
    'gives its reply when the store goes away under the work (%s)',
    async (rule) => {
      const store = degraded({ whenDown: rule });
      const { work, finish } = held();
      const running = handler(store).run(request, work);
      await runtime.time.advance(500);
      primary.isUp = false;
      await runtime.time.advance(5_000);
      finish('done');
      expect(await running).toEqual({ reply: 'done', replayed: false });
      const again = await handler(store).run(request, () => 'again');
      expect(again).toEqual(
        rule === 'local' ? { reply: 'done', replayed: true } : { reply: 'again', replayed: false },
      );
    },
  );
});

describe('any sequence of calls', () => {
  const key = fc.constantFrom('a', 'b');
  const claimOrRelease = fc.record({ do: fc.constantFrom('claim', 'release' as const), key });
  const turn = fc.record({ do: fc.constantFrom('goes away', 'is back', 'rests' as const) });
  const steps = fc.array(fc.oneof(claimOrRelease, turn), { maxLength: 30 });

  it.each(['open', 'local'] as const)(
    'ends without an error, and %s keeps what it promises',
    async (rule) => {
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          primary = switchable(memoryStore({ clock: runtime.time }));
          const store = degraded({ whenDown: rule });
          const claimedMeanwhile = new Map<string, number>();
          for (const step of all) {
            if (!('key' in step)) {
              if (step.do === 'rests') await runtime.time.advance(2_000);
              else primary.isUp = step.do === 'is back';
            } else if (step.do === 'claim') {
              const result = await store.write(step.key, 'x', { expect: 'absent' });
              if (rule === 'local') expect(result.written && claimedMeanwhile.has(step.key)).toBe(false);
              if (result.written && result.version < 0) claimedMeanwhile.set(step.key, result.version);
            } else {
              const version = claimedMeanwhile.get(step.key);
              if (version !== undefined) expect(await store.remove(step.key, version)).toBe(true);
              claimedMeanwhile.delete(step.key);
            }
          }
        }),
      );
    },
  );

  it('refuses options that cannot be right', () => {
    expect(() => degraded({ whenDown: 'ajar' as 'open' })).toThrow('whenDown');
    expect(() => degraded({ whenDown: 'open', local: memoryStore() })).toThrow('local');
    expect(() => degraded({ down: 1 } as never)).toThrow('down');
    expect(() => degradedStore(undefined as never)).toThrow('store');
  });
});

/** A store that can be switched off. */
function switchable(store: Store): Store & { isUp: boolean; calls: number } {
  const shaky = {
    ...store,
    isUp: true,
    calls: 0,
    read: (...args: Parameters<Store['read']>) => orDown(() => store.read(...args)),
    write: (...args: Parameters<Store['write']>) => orDown(() => store.write(...args)),
    remove: (...args: Parameters<Store['remove']>) => orDown(() => store.remove(...args)),
    scan: (...args: Parameters<Store['scan']>) => orDown(() => store.scan(...args)),
    next: () => orDown(() => store.next()),
    now: () => orDown(() => store.now()),
  };
  async function orDown<T>(call: () => Promise<T>): Promise<T> {
    shaky.calls++;
    if (!shaky.isUp) throw new StoreUnavailableError('memory', 'it is switched off');
    return call();
  }
  return shaky;
}

/** Work that goes on until it is told to finish. */
function held() {
  let finish = (_reply: string) => {};
  const work = () =>
    new Promise<string>((resolve) => {
      finish = resolve;
    });
  return { work, finish: (reply: string) => finish(reply) };
}
