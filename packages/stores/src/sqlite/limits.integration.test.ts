import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { describeLimits } from '../fixtures/limits.ts';
import { sqliteLimits } from './limits.ts';

const folder = mkdtempSync(join(tmpdir(), 'seaworthy-limits-'));
const file = join(folder, 'limits.db');
// No process holds the lock for long here; a busy machine may take its time.
const stores = [sqliteLimits({ file, timeout: '20s' }), sqliteLimits({ file, timeout: '20s' })] as const;

afterAll(async () => {
  for (const store of stores) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('limits in SQLite', () => {
  describeLimits(() => stores, sleep);

  it('fail in time while another process holds the lock, and count nothing', async () => {
    await using limits = sqliteLimits({ file, timeout: '200ms' });
    const rule = { name: 'locked', emissionMs: 3_600_000, toleranceMs: 3_600_000 };
    const holder = new DatabaseSync(file);
    holder.exec('BEGIN IMMEDIATE');
    const take = () => limits.take(rule, [{ key: '', permits: 1 }]);
    await expect(take()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    holder.exec('ROLLBACK');
    holder.close();
    expect(await take()).toMatchObject([{ granted: 1 }]);
  });

  it('delete what is full again', async () => {
    const database = new DatabaseSync(':memory:');
    await using limits = sqliteLimits({ database });
    const rule = { name: 'swept', emissionMs: 1, toleranceMs: 10 };
    for (let n = 0; n < 50; n++) await limits.take(rule, [{ key: `old${n}`, permits: 1 }]);
    await sleep(30);
    for (let n = 0; n < 1_024; n++) await limits.take(rule, [{ key: 'new', permits: 1 }]);
    const { n } = database.prepare('SELECT count(*) AS n FROM seaworthy_limits').get() as { n: number };
    expect(n).toBe(1);
    await limits.close();
    expect(database.isOpen).toBe(true);
    database.close();
  });

  it('refuse options that cannot be right', () => {
    expect(() => sqliteLimits({})).toThrow('file');
    expect(() => sqliteLimits({ file, timeout: '0s' })).toThrow('timeout');
  });
});
