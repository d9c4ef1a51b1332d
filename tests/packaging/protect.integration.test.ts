/** The package as its users get it: packed, installed elsewhere, run on every platform it promises. */
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer } from './fixtures/server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const inRoot = { cwd: root, encoding: 'utf8' } as const;
const program = 'use-protect.mjs';
/** Entries that need Node's own modules, which Deno and Bun have too. */
const nodeOnly = ['./endpoints/dns'];

let folder = '';
let tarball = '';
let server: Server;
let origin = '';
let entries: Readonly<Record<string, { readonly default: string }>> = {};

/** What the program comes to on every platform; `ambient` where there is AsyncLocalStorage. */
const expected = (ambient: boolean) => ({
  emptyEntries: [],
  retried: 'ok',
  timedOut: 'TIMEOUT',
  ambient,
  named: true,
  fingerprint: 64,
  flaky: { attempt: 2, hasTime: true },
  keyed: ['"order-7"', 'sent'],
  once: [503, 'sent'],
  half: [`${origin}/half`, 'complete'],
  hung: 'TIMEOUT',
  endpoints: 200,
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seaworthy-packed-'));
  execFileSync('npm', ['run', 'build', '--silent'], inRoot);
  const packed = execFileSync(
    'npm',
    ['pack', '--json', '--silent', '-w', 'packages/protect', '--pack-destination', folder],
    inRoot,
  );
  const listing = JSON.parse(packed) as Record<string, { filename: string }> | { filename: string }[];
  tarball = join(folder, Object.values(listing)[0]!.filename);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  install(folder, tarball);
  copyFileSync(new URL(`fixtures/${program}`, import.meta.url), join(folder, program));
  entries = manifest().exports;
  server = await startServer(folder);
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the package holds what its users need, and neither tests nor fixtures', () => {
  const files = execFileSync('tar', ['-tzf', tarball], inRoot).split('\n');
  expect(files).toContain('package/dist/index.js');
  expect(files).toContain('package/dist/index.d.ts');
  expect(files.filter((file) => /\.test\.|fixtures|tsbuildinfo/.test(file))).toEqual([]);
});

test('publint and "are the types wrong" find nothing wrong', () => {
  execFileSync('publint', ['run', tarball, '--strict'], inRoot);
  execFileSync('attw', [tarball, '--profile', 'esm-only'], inRoot);
});

test('it has no runtime dependency', () => {
  expect(Object.keys(manifest().dependencies ?? {})).toEqual([]);
});

test.each(['22', '24', '26'])('it runs on Node %s, and lets the process end', async (major) => {
  const home = join(folder, `node-${major}`);
  install(home, `node@${major}`);
  const { version, results } = await run(join(home, 'node_modules/node/bin/node'), []);
  expect(version).toMatch(new RegExp(`^v${major}\\.`));
  expect(results).toEqual(expected(true));
});

test('it runs on Deno, with no right but to the network, and lets the process end', async () => {
  const home = join(folder, 'deno');
  const libc = process.platform === 'linux' ? '-glibc' : '';
  const name = `@deno/${process.platform}-${process.arch}${libc}`;
  install(home, `${name}@2.9.6`);
  const args = ['run', '--no-prompt', '--allow-net'];
  expect((await run(join(home, 'node_modules', name, 'deno'), args)).results).toEqual(expected(true));
});

test('it runs on Bun, and lets the process end', async () => {
  const home = join(folder, 'bun');
  const name = `@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`;
  install(home, `${name}@1.4.5`);
  expect((await run(join(home, 'node_modules', name, 'bin/bun'), [])).results).toEqual(expected(true));
});

test('it runs in a browser', async () => {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ],
  });
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    const files = Object.fromEntries(
      Object.entries(entries)
        .filter(([entry]) => !nodeOnly.includes(entry))
        .map(([entry, file]) => [entry, `/files/node_modules/@seaworthy/protect/${file.default.slice(2)}`]),
    );
    const results: unknown = await page.evaluate(`(async () => {
      const { useProtect } = await import('/files/${program}');
      const files = ${JSON.stringify(files)};
      const foreign = location.origin.replace('127.0.0.1', 'localhost');
      return useProtect((entry) => import(files[entry]), Object.keys(files), location.origin, foreign);
    })()`);
    // Another origin is told nothing, since it would have to allow it.
    expect(results).toEqual({ ...expected(false), foreign: { attempt: 1, hasTime: false } });
  } finally {
    await browser.close();
  }
});

/** Runs the program on a platform, from the installed package; it has to end by itself. */
async function run(command: string, args: readonly string[]): Promise<{ version: string; results: unknown }> {
  const script = join(folder, 'run.mjs');
  writeFileSync(
    script,
    `import { useProtect } from './${program}';
    const load = (entry) => import('@seaworthy/protect' + entry.slice(1));
    const results = await useProtect(load, ${JSON.stringify(Object.keys(entries))}, '${origin}');
    console.log(JSON.stringify({ version: globalThis.process?.version, results }));`,
  );
  const options = { cwd: folder, timeout: 60_000 };
  const { stdout } = await promisify(execFile)(command, [...args, script], options);
  return JSON.parse(stdout) as { version: string; results: unknown };
}

function install(home: string, what: string): void {
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', '--prefix', home, what], inRoot);
}

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly default: string }>>;
  readonly dependencies?: object;
}

function manifest(): Manifest {
  const file = join(folder, 'node_modules/@seaworthy/protect/package.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}
