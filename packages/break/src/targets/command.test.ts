import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from './command.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-'));
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'early'));
  await mkdir(join(folder, 'early', 'serve'));
  for (const name of ['bin/serve', 'bin/notes.txt', 'server.sh']) await writeFile(join(folder, name), '');
  await chmod(join(folder, 'bin', 'serve'), 0o755);
  await chmod(join(folder, 'server.sh'), 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

function find(...command: string[]): Promise<string> {
  return findProgram('gateway', command, folder, `early:bin:/nowhere`);
}

describe('the program of a command', () => {
  it('is looked for in PATH, past folders of its name, and from the system file on', async () => {
    expect(await find('serve', '--port')).toBe(join(folder, 'bin', 'serve'));
    expect(await find('./server.sh')).toBe(join(folder, 'server.sh'));
    expect(await find(join(folder, 'server.sh'))).toBe(join(folder, 'server.sh'));
  });

  it.each([
    [
      ['nod', 'x.js'],
      'COMMAND_NOT_FOUND',
      /Service `gateway` cannot start `nod x.js`: there is no program `nod`/,
    ],
    [['./bin/nod'], 'COMMAND_NOT_FOUND', /there is no .*\/bin\/nod\. Paths are read from/],
    [['notes.txt'], 'COMMAND_NOT_EXECUTABLE', /notes.txt is no program that may be run.*chmod/],
    [['./bin'], 'COMMAND_NOT_EXECUTABLE', /is no program/],
    [[], 'COMMAND_NOT_FOUND', /its command is empty/],
  ])('that is wrong is told before anything runs: %j', async (command, code, message) => {
    await expect(find(...command)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });
});
