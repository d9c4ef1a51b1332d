/**
 * Records in Redis or Valkey: shared by many machines, quick, and as durable as the server is set up to be.
 */
import { knownKeys } from '@seaworthy/protect';
import { checkRecord, type Store, type StoredRecord } from '@seaworthy/protect/store';
import { type RedisConnection, redisConnection, type RedisConnectionOptions } from './connection.ts';
import { checkPrefix } from './prefix.ts';
import { nextScript, readScript, removeScript, scanScript, writeScript } from './scripts.ts';

/** How a Redis store is set up: from a URL, on a client of your own, or on a connection that others share. */
export interface RedisStoreOptions extends RedisConnectionOptions {
  /** In place of `url` and `client`; it stays open on `close`. */
  readonly connection?: RedisConnection;
  /** What the store's keys in Redis begin with. All stand in one slot of a cluster. Default `seaworthy`. */
  readonly prefix?: string;
}

/** How many keys one step of a scan looks at: while a script runs, Redis does nothing else. */
const keysAtOnce = 100;

/**
 * Opens a store in Redis or Valkey, version 6.2 or later. It connects when it is first used.
 *
 * Every call is one atomic step of the server, on the server's clock. An acknowledged write is as durable as the server's
 * `appendfsync` makes it; the server must not evict keys (`maxmemory-policy noeviction`).
 *
 * @throws OptionsError
 * @example const store = redisStore({ url: 'redis://127.0.0.1:6379' });
 */
export function redisStore(options: RedisStoreOptions): Store {
  knownKeys('redisStore', options, ['url', 'client', 'timeout', 'connection', 'prefix']);
  const { connection: shared, prefix = 'seaworthy', ...own } = options;
  checkPrefix(prefix);
  const connection = shared ?? redisConnection(own);
  // What stands in braces decides the slot of a cluster, and a script has all of its keys in one.
  const base = `{${prefix}}:`;
  const keysFor = (key: string) => [`${base}record:${key}`, `${base}keys`, `${base}ending`, `${base}version`];

  const store: Store = {
    name: 'redis',
    async read(key) {
      checkRecord(key);
      return toRecord(key, await connection.run(readScript, keysFor(key), []));
    },
    async write(key, value, { expect = '', ttlMs } = {}) {
      checkRecord(key, value);
      const ttl = ttlMs === undefined ? '' : String(Math.ceil(ttlMs));
      const reply = await connection.run(writeScript, keysFor(key), [key, value, String(expect), ttl]);
      const [outcome, rest] = reply as readonly [string, unknown];
      if (outcome === 'written') return { written: true, version: Number(rest) };
      return { written: false, current: toRecord(key, rest) };
    },
    async remove(key, version) {
      checkRecord(key);
      return Number(await connection.run(removeScript, keysFor(key), [key, String(version ?? '')])) > 0;
    },
    async scan(prefixOfKeys, { after = '', limit = 100 } = {}) {
      const records: StoredRecord[] = [];
      let from = isBefore(after, prefixOfKeys) ? `[${prefixOfKeys}` : `(${after}`;
      while (records.length < limit) {
        const count = Math.min(keysAtOnce, limit - records.length);
        const reply = await connection.run(scanScript, keysFor(''), [prefixOfKeys, from, String(count)]);
        const [last, looked, ...found] = reply as readonly [string, number, ...[string, ...string[]][]];
        records.push(...found.map(([key, ...rest]) => toRecord(key, rest)!));
        if (looked < count) break;
        from = `(${last}`;
      }
      return records;
    },
    async next() {
      return Number(await connection.run(nextScript, keysFor(''), []));
    },
    async now() {
      const [seconds, micros] = (await connection.send('TIME')) as readonly [string, string];
      return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
    },
    async close() {
      if (shared === undefined) await connection.close();
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
  return Object.freeze(store);
}

/** A record of a value, its version and its age, as the scripts have them. */
function toRecord(key: string, reply: unknown): StoredRecord | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [value, version, ageMs] = reply as readonly string[];
  return { key, value: value!, version: Number(version), ageMs: Number(ageMs) };
}

/** In the order of UTF-8. */
function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}
