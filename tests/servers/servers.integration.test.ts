/** The servers that other tests face come back with their data, and leave nothing. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../scripts/suite/find-program.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import type { Server } from './server.ts';

const sql = ({ url }: Server, statement: string) =>
  run('psql', '--tuples-only', '--no-align', '--command', statement, url);
const redis = ({ url }: Server, ...command: readonly string[]) => run('redis-cli', '-u', url, ...command);

describe('a server for tests', () => {
  it('is a PostgreSQL that is killed, comes back with what it has committed, and leaves nothing', async () => {
    const server = await startPostgres();
    try {
      sql(server, 'create table kept (n int); insert into kept values (7)');
      await server.kill();
      expect(() => sql(server, 'select 1')).toThrow();
      await server.restart();
      expect(sql(server, 'select n from kept')).toBe('7');
    } finally {
      await server.stop();
    }
    expect(() => sql(server, 'select 1')).toThrow();
    expect(existsSync(server.folder)).toBe(false);
  });

  it('removes what a run left that was killed', async () => {
    const gone = spawnSync(process.execPath, ['--version']).pid;
    const left = mkdtempSync(join(tmpdir(), `seaworthy-redis-${gone}-`));
    await using server = await startRedis();
    expect(existsSync(left)).toBe(false);
    expect(existsSync(server.folder)).toBe(true);
  });

  it('is a Redis that is killed, comes back with what it has acknowledged, and leaves nothing', async () => {
    const server = await startRedis();
    try {
      expect(redis(server, 'set', 'kept', '7')).toBe('OK');
      await server.kill();
      expect(() => redis(server, 'ping')).toThrow();
      await server.restart();
      expect(redis(server, 'get', 'kept')).toBe('7');
    } finally {
      await server.stop();
    }
    expect(() => redis(server, 'ping')).toThrow();
    expect(existsSync(server.folder)).toBe(false);
  });
});

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(findProgram(program)!, args, { encoding: 'utf8', stdio: 'pipe' }).trim();
}
