import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProxyServer, toxicKinds } from '@seaworthy/break/proxy';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const guide = readFileSync(join(root, 'docs/guides/proxy.md'), 'utf8');
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);

it('The guide to the proxy shows calls of its HTTP API that work, one after the other', async () => {
  await using server = await startProxyServer({ host: '127.0.0.1', port: 0, dns: '127.0.0.1:0' });
  const calls = blocks('sh');
  expect(calls.length).toBeGreaterThanOrEqual(6);
  for (const call of calls) {
    const script = call
      .replaceAll('localhost:8474', server.url.replace('http://', ''))
      // A port of the guide may be in use here.
      .replaceAll(/"listen": "127.0.0.1:\d+"/g, '"listen": "127.0.0.1:0"')
      .replaceAll('curl -s ', 'curl -sS --fail-with-body ');
    await expect(run('bash', ['-e', '-c', script]), call).resolves.toEqual(expect.any(String));
  }
});

it('The guide to the proxy shows code that runs and prints what it says', async () => {
  const [code = ''] = blocks('ts');
  const folder = await mkdtemp(join(tmpdir(), 'proxy-guide-'));
  const entry = join(root, 'packages/break/src/proxy/index.ts');
  const file = join(folder, 'guide.ts');
  await writeFile(file, code.replace("'@seaworthy/break/proxy'", JSON.stringify(entry)));
  const printed = await run(process.execPath, ['--conditions=@seaworthy/source', file]);
  const said = [...code.matchAll(/^console\.log.*\/\/ (.*)$/gm)].map(([, text]) => text);
  expect(printed.trim().split('\n')).toEqual(said);
  await rm(folder, { recursive: true });
});

it('The guide to the proxy shows a config file that can be used', async () => {
  const [config = ''] = blocks('json');
  const folder = await mkdtemp(join(tmpdir(), 'proxy-guide-'));
  const file = join(folder, 'proxies.json');
  await writeFile(file, config.replace('127.0.0.1:26379', '127.0.0.1:0'));
  await using server = await startProxyServer({ host: '127.0.0.1', port: 0, config: file });
  expect(server.proxies()).toMatchObject([{ name: 'redis', toxics: [{ type: 'jitter' }] }]);
  await rm(folder, { recursive: true });
});

it('The guide to the proxy lists every toxic with its attributes and their defaults', () => {
  const choosing = ['method', 'path', 'header', 'first'];
  const rows = [...guide.matchAll(/^\| `([a-z_]+)` \| ((?:`\w+: [^`]+`(?:, )?)*) ?\| .* \|$/gm)].map(
    ([, type, attributes]) => [type, attributes],
  );
  const expected = toxicKinds.map(({ type, acts, attributes }) => [
    type,
    attributes
      .filter(({ name }) => acts !== 'on-http' || !choosing.includes(name))
      .map(({ name, default: usual }) => `\`${name}: ${JSON.stringify(usual)}\``)
      .join(', '),
  ]);
  expect(rows.filter(([type]) => toxicKinds.some((kind) => kind.type === type))).toEqual(expected);
});

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
      else resolve(stdout);
    });
  });
}
