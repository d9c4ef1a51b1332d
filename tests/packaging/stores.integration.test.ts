/** The stores as their users get them: packed, installed elsewhere, at first without the clients of servers. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../servers/postgres.ts';
import { startRedis } from '../servers/redis.ts';
import type { Server } from '../servers/server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const inRoot = { cwd: root, encoding: 'utf8' } as const;

let folder = '';
let tarballs: Readonly<Record<string, string>> = {};
let servers: readonly Server[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seaworthy-packed-stores-'));
  execFileSync('npm', ['run', 'build', '--silent'], inRoot);
  const workspaces = ['-w', 'packages/protect', '-w', 'packages/stores'];
  const pack = ['pack', '--json', '--silent', ...workspaces, '--pack-destination', folder];
  const packed = JSON.parse(execFileSync('npm', pack, inRoot)) as Record<string, Packed> | Packed[];
  tarballs = Object.fromEntries(
    Object.values(packed).map(({ name, filename }) => [name, join(folder, filename)]),
  );
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  install(...Object.values(tarballs));
  servers = [await startRedis(), await startPostgres()];
});

afterAll(async () => {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the package holds what its users need, and neither tests nor fixtures', () => {
  const files = execFileSync('tar', ['-tzf', tarballs['@seaworthy/stores']!], inRoot).split('\n');
  expect(files).toContain('package/dist/postgres/index.js');
  expect(files.filter((file) => /\.test\.|fixtures|tsbuildinfo/.test(file))).toEqual([]);
});

test('publint and "are the types wrong" find nothing wrong', () => {
  execFileSync('publint', ['run', tarballs['@seaworthy/stores']!, '--strict'], inRoot);
  execFileSync('attw', [tarballs['@seaworthy/stores']!, '--profile', 'esm-only'], inRoot);
});

test('without clients every entry loads, memory and SQLite work, and the others say what to install', async () => {
  const results = await run(`
    for (const entry of Object.keys(entries)) await import('@seaworthy/stores' + entry.slice(1));
    return [
      await tryOut(memoryStore()),
      await tryOut(degradedStore(sqliteStore({ file: 'records.db' }))),
      await tryOut(redisStore({ url: 'redis://127.0.0.1:1' })),
      await tryOut(postgresStore({ url: 'postgres://127.0.0.1:1' })),
    ];`);
  expect(results).toEqual([
    'kept',
    'kept',
    expect.stringContaining('@redis/client is installed'),
    expect.stringContaining('pg is installed'),
  ]);
});

test('with clients records are kept on servers, and the process ends', async () => {
  const { devDependencies } = JSON.parse(
    readFileSync(join(root, 'packages/stores/package.json'), 'utf8'),
  ) as { devDependencies: Readonly<Record<string, string>> };
  install(...['@redis/client', 'pg'].map((name) => `${name}@${devDependencies[name]}`));
  const results = await run(`
    return [
      await tryOut(redisStore({ url: '${servers[0]!.url}', timeout: '20s' })),
      await tryOut(postgresStore({ url: '${servers[1]!.url}', timeout: '20s' })),
    ];`);
  expect(results).toEqual(['kept', 'kept']);
});

/** Runs a program on the installed packages; it has to end by itself. */
async function run(body: string): Promise<unknown> {
  const file = join(folder, 'node_modules/@seaworthy/stores/package.json');
  const { exports } = JSON.parse(readFileSync(file, 'utf8')) as { exports: object };
  const script = join(folder, 'run.mjs');
  writeFileSync(
    script,
    `import { degradedStore } from '@seaworthy/stores/degraded';
    import { memoryStore } from '@seaworthy/stores/memory';
    import { postgresStore } from '@seaworthy/stores/postgres';
    import { redisStore } from '@seaworthy/stores/redis';
    import { sqliteStore } from '@seaworthy/stores/sqlite';
    const entries = ${JSON.stringify(exports)};
    async function tryOut(store) {
      try {
        await store.write('k', 'kept', { expect: 'absent' });
        return (await store.read('k')).value;
      } catch (error) {
        return error.message;
      } finally {
        await store.close();
      }
    }
    console.log(JSON.stringify(await (async () => { ${body} })()));`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', script], {
    cwd: folder,
    timeout: 60_000,
  });
  return JSON.parse(stdout);
}

function install(...what: readonly string[]): void {
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...what], {
    ...inRoot,
    cwd: folder,
  });
}

interface Packed {
  readonly name: string;
  readonly filename: string;
}
