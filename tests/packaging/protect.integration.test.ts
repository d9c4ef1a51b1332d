/** The package as its users get it: packed, installed elsewhere, run on every platform it promises. */
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const inRoot = { cwd: root, encoding: 'utf8' } as const;

let folder = '';
let tarball = '';

/** Uses several policies and both entries; says `ok` when all is as it should be. */
const program = (protect: string, testing: string) => `
  const { pipeline, retry, circuitBreaker, timeout, fallback, createRuntime } = await import('${protect}');
  const { virtualRuntime, failsTimes } = await import('${testing}');
  const runtime = virtualRuntime();
  const policies = [fallback('late'), retry({ attempts: 3 }), circuitBreaker(), timeout('1s')];
  const line = pipeline('packed', policies, { idempotent: true, runtime });
  const answer = await runtime.time.until(line.run(failsTimes(2, 'ok')));
  const real = await pipeline('real', [timeout('5ms'), fallback('never')], { runtime: createRuntime() })
    .outcome(() => new Promise(() => {}));
  return real.error?.code === 'TIMEOUT' ? answer : 'no time-out';
`;

beforeAll(() => {
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
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', tarball], {
    ...inRoot,
    cwd: folder,
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
  const manifest = JSON.parse(
    readFileSync(join(folder, 'node_modules/@seaworthy/protect/package.json'), 'utf8'),
  );
  expect(Object.keys(manifest.dependencies ?? {})).toEqual([]);
});

test.each(['22', '24', '26'])('it runs on Node %s', (major) => {
  const home = join(folder, `node-${major}`);
  const install = ['install', '--silent', '--no-audit', '--no-fund', '--prefix', home, `node@${major}`];
  execFileSync('npm', install, inRoot);
  const script = join(folder, `run-${major}.mjs`);
  const body = program('@seaworthy/protect', '@seaworthy/protect/testing');
  writeFileSync(
    script,
    `const answer = await (async () => {${body}})();\nconsole.log(process.version, answer);`,
  );
  const said = execFileSync(join(home, 'node_modules/node/bin/node'), [script], { ...inRoot, cwd: folder });
  expect(said).toMatch(new RegExp(`^v${major}\\.[\\d.]+ ok\\n$`));
});

test('it runs in a browser', async () => {
  const server = await serve(join(folder, 'node_modules/@seaworthy/protect/dist'));
  const { port } = server.address() as AddressInfo;
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
    await page.goto(`http://127.0.0.1:${port}/`);
    const answer = await page.evaluate(`(async () => {${program('/index.js', '/testing/index.js')}})()`);
    expect(answer).toBe('ok');
  } finally {
    await browser.close();
    server.close();
  }
});

/** Serves the files of a folder on loopback; any other address is an empty page. */
async function serve(files: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = join(files, new URL(request.url ?? '/', 'http://localhost').pathname);
    const isScript = path.endsWith('.js') && existsSync(path);
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    if (isScript) createReadStream(path).pipe(response);
    else response.end('<!doctype html><title>empty</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
