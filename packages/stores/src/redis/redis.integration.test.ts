import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from '../../../../tests/servers/redis.ts';
import type { Server } from '../../../../tests/servers/server.ts';
import { describeStore } from '../fixtures/contract.ts';
import { describeOutages } from '../fixtures/outages.ts';
import { describeSharing } from '../fixtures/sharing.ts';
import { redisConnection } from './connection.ts';
import { redisStore } from './redis.ts';

let server: Server;
let stores: readonly [ReturnType<typeof redisStore>, ReturnType<typeof redisStore>];

// No server hangs here; a busy machine may take its time.
const open = () => redisStore({ url: server.url, timeout: '20s' });

beforeAll(async () => {
  server = await startRedis({ appendfsync: 'everysec' });
  stores = [open(), open()];
});

afterAll(async () => {
  for (const store of stores) await store.close();
  await server.stop();
});

describe('the Redis store', () => {
  describeStore(() => stores[0], sleep);
  describeSharing(() => stores);

  it('runs on a client of your own, and leaves it open', async () => {
    const client = createClient({ url: server.url });
    await client.connect();
    const own = redisStore({ client });
    await own.write('own', 'node-redis');
    expect((await stores[0].read('own'))?.value).toBe('node-redis');
    await own.close();
    expect(client.isOpen).toBe(true);
    await client.close();

    const other = new Redis(server.url);
    const onIoredis = redisStore({ client: other });
    await onIoredis.write('own', 'ioredis');
    expect((await stores[0].read('own'))?.value).toBe('ioredis');
    expect((await onIoredis.scan('own')).map(({ value }) => value)).toEqual(['ioredis']);
    await onIoredis.close();
    expect(await other.ping()).toBe('PONG');
    other.disconnect();
  });

  it('keeps prefixes apart, on one connection', async () => {
    await using connection = redisConnection({ url: server.url });
    const [a, b] = ['a', 'b'].map((prefix) => redisStore({ connection, prefix }));
    await a!.write('k', 'of a');
    expect(await b!.read('k')).toBeUndefined();
    expect(await b!.scan('')).toEqual([]);
    await a!.close();
    expect((await b!.write('k', 'of b')).written).toBe(true);
  });

  it('stands in one slot of a cluster', async () => {
    await using node = await startRedis({
      'cluster-enabled': 'yes',
      'cluster-announce-ip': '127.0.0.1',
    });
    await using connection = redisConnection({ url: node.url, timeout: '20s' });
    await connection.send('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    while (!String(await connection.send('CLUSTER', 'INFO')).includes('cluster_state:ok')) await sleep(50);
    const cluster = new Cluster([{ host: '127.0.0.1', port: node.port }]);
    for (const store of [redisStore({ connection }), redisStore({ client: cluster, timeout: '20s' })]) {
      await store.write('a', '1', { ttlMs: 60_000 });
      await store.write('b', '2');
      expect((await store.scan('')).map(({ value }) => value)).toEqual(['1', '2']);
      expect(await store.remove('a')).toBe(true);
      expect((await store.write('a', '3', { expect: 'absent' })).written).toBe(true);
      expect(await store.next()).toBeGreaterThan((await store.read('a'))!.version);
    }
    cluster.disconnect();
  });

  it('leaves nothing of records whose time is over', async () => {
    await using connection = redisConnection({ url: server.url });
    await using store = redisStore({ connection, prefix: 'ending' });
    for (let n = 0; n < 40; n++) await store.write(`old/${n}`, 'x', { ttlMs: 1 });
    await sleep(1_100);
    for (let n = 0; n < 20; n++) await store.write('new', String(n));
    expect(await connection.send('ZCARD', '{ending}:keys')).toBe(1);
    expect(await connection.send('ZCARD', '{ending}:ending')).toBe(0);
  });

  it('gives higher numbers also after its data was lost', async () => {
    const before = await stores[0].next();
    await using connection = redisConnection({ url: server.url });
    await connection.send('FLUSHALL');
    expect(await stores[0].next()).toBeGreaterThan(before);
  });

  it('says what the server said when it refuses', async () => {
    await using connection = redisConnection({ url: server.url });
    await connection.send('CONFIG', 'SET', 'maxmemory', '1');
    try {
      await expect(stores[0].write('full', 'x')).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('OOM') as string,
      });
    } finally {
      await connection.send('CONFIG', 'SET', 'maxmemory', '0');
    }
  });

  it('leaves a server that has become a replica, for whoever is behind the address by then', async () => {
    await using connection = redisConnection({ url: server.url });
    await using other = redisConnection({ url: server.url });
    const before = await connection.send('CLIENT', 'ID');
    await other.send('REPLICAOF', '127.0.0.1', '1');
    try {
      await expect(connection.send('SET', 'k', 'v')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    } finally {
      await other.send('REPLICAOF', 'NO', 'ONE');
    }
    await sleep(150);
    expect(await connection.send('SET', 'k', 'v')).toBe('OK');
    expect(await connection.send('CLIENT', 'ID')).toBeGreaterThan(Number(before));
  });

  it('shows a password that the URL has, and says when it is wrong', async () => {
    await using admin = redisConnection({ url: server.url });
    await admin.send('CONFIG', 'SET', 'requirepass', 'open sesame');
    try {
      const address = server.url.replace('redis://', '');
      await using right = redisStore({ url: `redis://:open%20sesame@${address}`, timeout: '20s' });
      expect((await right.write('secret', 'x')).written).toBe(true);
      await using wrong = redisStore({ url: `redis://:mellon@${address}`, timeout: '20s' });
      await expect(wrong.read('secret')).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('WRONGPASS') as string,
      });
    } finally {
      await admin.send('CONFIG', 'SET', 'requirepass', '');
    }
  });

  it('refuses options that cannot be right', () => {
    expect(() => redisStore({})).toThrow('url');
    expect(() => redisStore({ url: 'http://x' })).toThrow('url');
    expect(() => redisStore({ url: 'redis://host:port' })).toThrow('url');
    expect(() => redisStore({ url: server.url, prefix: 'a{b' })).toThrow('prefix');
    expect(() => redisStore({ url: server.url, timeout: '0s' })).toThrow('timeout');
    expect(() => redisStore({ client: {} as never })).toThrow('client');
    expect(() => redisStore({ url: server.url, ttl: 1 } as never)).toThrow('ttl');
  });
});

describe('the Redis store, when its server fails', () => {
  describeOutages(startRedis, (url, timeout) => redisStore({ url, timeout }));
});
