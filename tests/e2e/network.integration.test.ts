import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

// Only who has the rights can give them away.
it.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')(
  'An experiment without the right to change networks ends before it starts anything, with what to do',
  async () => {
    const program = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));
    const without = ['net_admin', 'sys_admin'].map((right) => `-${right}`).join(',');
    const args = [
      `--bounding-set=${without}`,
      `--inh-caps=${without}`,
      process.execPath,
      '--conditions=@seaworthy/source',
      program,
      'run',
      'cut-off.yaml',
      '--network',
      'namespaces',
    ];
    const { code, err } = await new Promise<{ code: unknown; err: string }>((resolve) => {
      execFile('setpriv', args, { cwd: folder, timeout: 60_000 }, (error, _out, stderr) =>
        resolve({ code: error?.code ?? 0, err: stderr }),
      );
    });
    expect(err).toContain('without CAP_NET_ADMIN and CAP_SYS_ADMIN');
    expect(err).toContain('write `network: loopback`');
    expect(code).toBe(2);
    expect(runFolders(folder)).toEqual([]);
  },
);
