/**
 * Records in the memory of one process: for tests, for development, and where losing them with the process does no
 * harm. Bounded: it refuses a new record rather than forgetting an old one, since a forgotten key is a double effect.
 */
import { type Clock, monotonicClock, OptionsError } from '@seaworthy/protect';
import {
  checkRecord,
  type Store,
  type StoredRecord,
  StoreUnavailableError,
  type TransactionalStore,
} from '@seaworthy/protect/store';

/** How a memory store is set up. */
export interface MemoryStoreOptions {
  /** Default: the real, monotonic clock. */
  readonly clock?: Clock;
  /** Records kept at the same time, from 1; a new one beyond it is refused with STORE_UNAVAILABLE. Default 100,000. */
  readonly maxRecords?: number;
}

/**
 * Opens a store in memory.
 *
 * Its transactions are for tests of code that is to run on a database: the record is atomic with nothing else.
 *
 * @throws OptionsError
 * @example const store = memoryStore();
 */
export function memoryStore(options: MemoryStoreOptions = {}): TransactionalStore<undefined> {
  const recordsMax = options.maxRecords ?? 100_000;
  if (!Number.isSafeInteger(recordsMax) || recordsMax < 1) {
    throw new OptionsError('maxRecords', recordsMax, 'a whole number of at least 1');
  }
  const clock = options.clock ?? monotonicClock;
  const records = new Map<string, Kept>();
  const busy = new Set<string>();
  let counter = 0;

  function find(key: string): Kept | undefined {
    const kept = records.get(key);
    if (kept === undefined || clock.now() < kept.expiresAt) return kept;
    records.delete(key);
    return undefined;
  }

  function show(key: string, kept: Kept): StoredRecord {
    return { key, value: kept.value, version: kept.version, ageMs: clock.now() - kept.writtenAt };
  }

  function put(key: string, value: string, ttlMs = Infinity): number {
    if (!records.has(key) && records.size >= recordsMax) {
      for (const known of records.keys()) find(known);
      if (records.size >= recordsMax)
        throw new StoreUnavailableError('memory', `it is full at ${recordsMax} records`);
    }
    const now = clock.now();
    records.set(key, { value, version: ++counter, writtenAt: now, expiresAt: now + ttlMs });
    return counter;
  }

  const store: Store = {
    name: 'memory',
    async read(key) {
      checkRecord(key);
      const kept = find(key);
      return kept && show(key, kept);
    },
    async write(key, value, { expect, ttlMs } = {}) {
      checkRecord(key, value);
      const kept = find(key);
      if (expect === 'absent' ? kept !== undefined : expect !== undefined && expect !== kept?.version) {
        return { written: false, current: kept && show(key, kept) };
      }
      return { written: true, version: put(key, value, ttlMs) };
    },
    async remove(key, version) {
      checkRecord(key);
      const kept = find(key);
      if (kept === undefined || (version !== undefined && kept.version !== version)) return false;
      return records.delete(key);
    },
    async scan(prefix, { after = '', limit = 100 } = {}) {
      return [...records.keys()]
        .filter((key) => key.startsWith(prefix) && compareByBytes(key, after) > 0)
        .toSorted(compareByBytes)
        .map((key) => [key, find(key)] as const)
        .flatMap(([key, kept]) => (kept === undefined ? [] : [show(key, kept)]))
        .slice(0, limit);
    },
    next: async () => ++counter,
    now: async () => clock.epoch + clock.now(),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };

  return Object.freeze({
    ...store,
    async createWith(key, work, { ttlMs, at } = {}) {
      checkRecord(key);
      if (busy.has(key)) return { written: false, busy: true };
      const kept = find(key);
      if (kept !== undefined) return { written: false, current: show(key, kept) };
      busy.add(key);
      try {
        at?.('transaction-begun');
        const value = await work(undefined);
        at?.('effect-made');
        checkRecord(key, value);
        at?.('record-written');
        const version = put(key, value, ttlMs);
        at?.('committed');
        return { written: true, version };
      } finally {
        busy.delete(key);
      }
    },
    createIn: (_transaction, key, value, { ttlMs } = {}) =>
      store.write(key, value, { expect: 'absent', ...(ttlMs === undefined ? {} : { ttlMs }) }),
  } satisfies TransactionalStore<undefined>);
}

interface Kept {
  readonly value: string;
  readonly version: number;
  readonly writtenAt: number;
  readonly expiresAt: number;
}

/** The order of UTF-8, which the other stores have; that of UTF-16 differs beyond U+D7FF. */
function compareByBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
