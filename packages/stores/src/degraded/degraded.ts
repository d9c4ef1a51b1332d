/**
 * A store whose users go on while it is down, by a rule that was chosen before: with nothing, with another store, or not
 * at all. While it is up, it is the store itself.
 */
import { defaultRuntime, knownKeys, OptionsError, type Runtime } from '@seaworthy/protect';
import type { Store, StoredRecord, WriteOptions, WriteResult } from '@seaworthy/protect/store';
import { memoryStore } from '../memory/memory.ts';
import { forgetfulStore } from './forgetful.ts';
import { StoreGate } from './store-gate.ts';

/** What is done while a store is down. */
export interface DegradedStoreOptions {
  /**
   * - `closed` (default): every call rejects with STORE_UNAVAILABLE, at once. Nothing is given up but availability.
   * - `open`: nothing is found and nothing is kept. What is asked for twice is done twice.
   * - `local`: another store is used, which only this process or this machine knows. What others recorded, also before
   *   the store went down, is not known meanwhile.
   */
  readonly whenDown?: 'closed' | 'open' | 'local';
  /** What `local` uses, such as a SQLite store. Default: a memory store. */
  readonly local?: Store;
  /** Default: the one runtime of the process. Events of a store that is lost and regained go to its stream. */
  readonly runtime?: Runtime;
}

/**
 * Puts a rule for bad times around a store. A call that finds it down goes by the rule, and so does every later call,
 * without waiting, until a question from the background was answered.
 *
 * Versions that are given meanwhile are negative: a fencing token from bad times is lower than every other. Work that
 * began meanwhile is recorded in the store when it ends after the store is back. `close` closes both stores.
 *
 * @throws OptionsError
 * @example const store = degradedStore(redisStore({ url }), { whenDown: 'local' });
 */
export function degradedStore(store: Store, options: DegradedStoreOptions = {}): Store {
  knownKeys('degradedStore', options, ['whenDown', 'local', 'runtime']);
  if (typeof store?.write !== 'function') throw new OptionsError('store', store, 'a store');
  const { runtime = defaultRuntime } = options;
  const gate = new StoreGate(store, runtime);
  const meanwhile = makeMeanwhile(options, runtime);

  /** The answer of the other store, where the rule has one. */
  function orElse<T>(answer: (meanwhile: Store) => Promise<T>): (error: unknown) => Promise<T> {
    return async (error) => {
      if (meanwhile === undefined) throw error;
      return answer(meanwhile);
    };
  }

  async function readMeanwhile(key: string): Promise<StoredRecord | undefined> {
    const record = await meanwhile?.read(key);
    return record && marked(record);
  }

  /** Writes for bad times. */
  async function writeMeanwhile(other: Store, ...args: Parameters<Store['write']>): Promise<WriteResult> {
    const result = await other.write(...args);
    if (result.written) return { written: true, version: mark(result.version) };
    return { written: false, current: result.current && marked(result.current) };
  }

  /** Replaces a record of bad times, and takes it along to the store if that is back. */
  async function replace(other: Store, key: string, value: string, expect: number, rest: WriteOptions) {
    const here = await writeMeanwhile(other, key, value, { ...rest, expect: unmark(expect) });
    if (!here.written) return here;
    return gate.ask<WriteResult>(
      async () => {
        const there = await store.write(key, value, { ...rest, expect: 'absent' });
        await other.remove(key, unmark(here.version));
        return there;
      },
      () => here,
    );
  }

  const degraded: Store = {
    name: store.name,
    async read(key) {
      return (
        (await readMeanwhile(key)) ??
        gate.ask(
          () => store.read(key),
          orElse(async () => undefined),
        )
      );
    },
    async write(key, value, writeOptions = {}) {
      const { expect, ...rest } = writeOptions;
      if (meanwhile !== undefined && isMarked(expect)) return replace(meanwhile, key, value, expect, rest);
      const current = expect === undefined ? undefined : await readMeanwhile(key);
      if (current !== undefined) return { written: false, current };
      return gate.ask<WriteResult>(
        async () => {
          const result = await store.write(key, value, writeOptions);
          if (expect === undefined) await meanwhile?.remove(key);
          return result;
        },
        orElse(async (other) => {
          // A version of the store is all there is to know of what it has now.
          const condition = expect === undefined ? rest : ({ ...rest, expect: 'absent' } as const);
          return writeMeanwhile(other, key, value, condition);
        }),
      );
    },
    async remove(key, version) {
      if (meanwhile !== undefined && isMarked(version)) return meanwhile.remove(key, unmark(version));
      const here = version === undefined && (await meanwhile?.remove(key)) === true;
      const there = await gate.ask(
        () => store.remove(key, version),
        orElse(async () => false),
      );
      return here || there;
    },
    async scan(prefix, scanOptions = {}) {
      const here = (await meanwhile?.scan(prefix, scanOptions))?.map(marked) ?? [];
      const there = await gate.ask(
        () => store.scan(prefix, scanOptions),
        orElse(async () => []),
      );
      if (here.length === 0) return there;
      const hidden = new Set(here.map(({ key }) => key));
      return [...here, ...there.filter(({ key }) => !hidden.has(key))]
        .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
        .slice(0, scanOptions.limit ?? 100);
    },
    next: () =>
      gate.ask(
        () => store.next(),
        orElse(async (other) => mark(await other.next())),
      ),
    now: () =>
      gate.ask(
        () => store.now(),
        orElse((other) => other.now()),
      ),
    async close() {
      await Promise.all([store.close(), meanwhile?.close()]);
    },
    [Symbol.asyncDispose]: () => degraded.close(),
  };
  return Object.freeze(degraded);
}

function makeMeanwhile(
  { whenDown = 'closed', local }: DegradedStoreOptions,
  { clock }: Runtime,
): Store | undefined {
  if (local !== undefined && whenDown !== 'local') {
    throw new OptionsError('local', local.name, "left out, unless `whenDown` is 'local'");
  }
  if (whenDown === 'closed') return undefined;
  if (whenDown === 'open') return forgetfulStore(() => clock.epoch + clock.now());
  if (whenDown === 'local') return local ?? memoryStore({ clock });
  throw new OptionsError('whenDown', whenDown, "'closed', 'open' or 'local'");
}

/** A version of bad times: below every one of the store, and growing. */
function mark(version: number): number {
  return version + Number.MIN_SAFE_INTEGER;
}

function unmark(version: number): number {
  return version - Number.MIN_SAFE_INTEGER;
}

function isMarked(version: WriteOptions['expect']): version is number {
  return typeof version === 'number' && version < 0;
}

function marked(record: StoredRecord): StoredRecord {
  return { ...record, version: mark(record.version) };
}
