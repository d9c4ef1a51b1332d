import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { describeJoining, describeStore, describeTransactions } from '../fixtures/contract.ts';
import { sqliteStore } from './sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'seaworthy-sqlite-'));
const file = join(folder, 'records.db');
const store = sqliteStore({ file, survives: 'crash' });

afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the SQLite store', () => {
  describeStore(() => store, sleep);
  describeTransactions(() => store);
  describeJoining(() => store);

  it('shows another connection what is written', async () => {
    await using other = sqliteStore({ file });
    await store.write('shared', 'x');
    expect((await other.read('shared'))?.value).toBe('x');
    expect(await other.next()).toBeGreaterThan((await store.read('shared'))?.version ?? Infinity);
  });

  it('commits an effect on the same database with the record, or neither', async () => {
    const database = new DatabaseSync(join(folder, 'own.db'));
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE charges (id TEXT)');
    await using own = sqliteStore({ database });
    const charge = (fails: boolean) =>
      own.createWith('k', (db) => {
        db.exec("INSERT INTO charges VALUES ('c')");
        if (fails) throw new Error('after the effect');
        return 'charged';
      });
    const count = () => Number(database.prepare('SELECT count(*) AS n FROM charges').get()?.['n']);
    await expect(charge(true)).rejects.toThrow('after the effect');
    expect(count()).toBe(0);
    await charge(false);
    await charge(false);
    expect(count()).toBe(1);
    await own.close();
    expect(database.isOpen).toBe(true);
    database.close();
  });

  it('joins no transaction of another connection, nor one that is not open', () => {
    const database = new DatabaseSync(file);
    const own = sqliteStore({ database });
    expect(() => own.createIn(database, 'k', 'v')).toThrow('transaction open');
    database.exec('BEGIN');
    expect(() => store.createIn(database, 'k', 'v')).toThrow('transaction open');
    expect(own.createIn(database, 'k', 'v')).toMatchObject({ written: true });
    database.exec('ROLLBACK');
    database.close();
  });

  it('refuses work that would leave its transaction open, and keeps nothing of it', async () => {
    await expect(store.createWith('async', async () => 'late')).rejects.toThrow('synchronous on SQLite');
    expect(await store.read('async')).toBeUndefined();
  });

  it('gives up in time while another process holds the lock, without blocking this one', async () => {
    await using patient = sqliteStore({ file, timeout: '300ms' });
    const holder = new DatabaseSync(file);
    holder.exec('BEGIN IMMEDIATE');
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    await expect(patient.write('locked', 'x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(3);
    holder.exec('ROLLBACK');
    holder.close();
    expect((await patient.write('locked', 'x')).written).toBe(true);
  });

  it('deletes what is past its time', async () => {
    for (let n = 0; n < 40; n++) await store.write(`old/${n}`, 'x', { ttlMs: 1 });
    await sleep(20);
    for (let n = 0; n < 512; n++) await store.write('new', String(n));
    const database = new DatabaseSync(file, { readOnly: true });
    const left = database.prepare("SELECT count(*) AS n FROM seaworthy_records WHERE key LIKE 'old/%'").get();
    database.close();
    expect(left?.['n']).toBe(0);
  });

  it('refuses options that cannot be right', () => {
    expect(() => sqliteStore({})).toThrow('file');
    expect(() => sqliteStore({ file, timeout: '0s' })).toThrow('timeout');
    expect(() => sqliteStore({ file, survives: 'war' as 'crash' })).toThrow('survives');
  });
});
