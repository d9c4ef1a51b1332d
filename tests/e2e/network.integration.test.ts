import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run, runFolders, tiny } from './command.ts';

let folder = '';

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'seaworthy-network-')), 'tiny');
  cpSync(tiny, folder, { recursive: true });
  const experiment = `title: People get an answer while back is cut off
system: ./tiny.system.yaml
steady-state:
  - probe: http
    get: \${front}/
load: { get: "\${front}/", rate: 20/s, timeout: 1s }
method:
  - { fault: partition, target: front -> back, for: 2s }
  - { at: 4s, fault: dns-failure, target: back, for: 2s }
expect:
  - success rate of load >= 99%
  - steady again within 3s
timing: { before: 1s, after: 3s }
`;
  writeFileSync(join(folder, 'cut-off.yaml'), experiment);
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const namespaces = (): readonly string[] => {
  try {
    return readdirSync('/run/netns');
  } catch {
    return [];
  }
};

it('An experiment runs on a network of namespaces, or says which right is missing and what to do', async () => {
  const before = namespaces();
  const { exitCode, out, err, living } = await run(
    folder,
    'run',
    'cut-off.yaml',
    '--network',
    'namespaces',
    '--plain',
  );
  if (exitCode === 2) {
    expect(err).toMatch(/without CAP_|is not installed|could not change the network/);
    expect(runFolders(folder)).toEqual([]);
  } else {
    expect(out).toMatch(/partition on front -> back bites; .* now: no answer in \d+ ms/);
    expect(out).toMatch(/dns-failure on back bites; .* now: ENOTFOUND/);
    expect(out).toContain('exit code 0');
    expect(exitCode).toBe(0);
  }
  expect(living).toEqual([]);
  // Others of this machine may come and go; of this run there is none.
  expect(namespaces().filter((name) => !before.includes(name) && /-(front|back)$/.test(name))).toEqual([]);
});

it('An experiment that needs such a network says so before it starts anything', async () => {
  const { exitCode, err } = await run(folder, 'run', 'cut-off.yaml', '--plain');
  expect(err).toContain('The fault `dns-failure` (line 9 of');
  expect(err).toContain('Write `network: namespaces` in the system file');
  expect(exitCode).toBe(2);
  expect(runFolders(folder)).toEqual([]);
});
