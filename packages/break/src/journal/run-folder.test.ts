import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { assert, asyncProperty, string } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunFolder } from './run-folder.ts';

let base: string;
const startedAt = new Date(2026, 10, 24, 10, 3, 7);

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'run-folder-'));
});
afterEach(() => rm(base, { recursive: true }));

describe('the folder of a run', () => {
  it('is named by local time and the first words of the title', async () => {
    const folder = await createRunFolder(base, {
      title: 'Customers can browse & buy, naïvely: while inventory is down',
      startedAt,
    });
    expect(folder).toBe(
      join(base, '.seaworthy', 'runs', '2026-11-24T10-03-07-customers-can-browse-buy-naively-while'),
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('has a name that every file system takes, whatever the title', async () => {
    await assert(
      asyncProperty(string({ unit: 'binary', maxLength: 300 }), async (title) => {
        const folder = await createRunFolder(base, { title, startedAt });
        expect(basename(folder)).toMatch(/^2026-11-24T10-03-07(-[a-z0-9]+)*$/);
        expect(basename(folder).length).toBeLessThanOrEqual(70);
      }),
      { numRuns: 50 },
    );
  });

  it('is another one for each of many runs that start at once', async () => {
    const folders = await Promise.all(
      Array.from({ length: 20 }, () => createRunFolder(base, { title: 'Twins', startedAt })),
    );
    expect(new Set(folders).size).toBe(20);
  });

  it('is kept out of version control, by a file that is the user’s own to change', async () => {
    await createRunFolder(base, { title: 'One', startedAt });
    const ignore = join(base, '.seaworthy', '.gitignore');
    expect(await readFile(ignore, 'utf8')).toBe('*\n');
    await writeFile(ignore, 'mine\n');
    await createRunFolder(base, { title: 'Two', startedAt });
    expect(await readFile(ignore, 'utf8')).toBe('mine\n');
  });

  it('says in one sentence why it cannot be made', async () => {
    await mkdir(join(base, '.seaworthy'));
    await writeFile(join(base, '.seaworthy', 'runs'), 'a file in the way');
    await expect(createRunFolder(base, { title: 'No', startedAt })).rejects.toMatchObject({
      code: 'RUN_FOLDER_UNWRITABLE',
      message: `Cannot write the run's folder in ${join(base, '.seaworthy', 'runs')}: something of that name is there already. Make it writable, or run from another folder.`,
    });
  });
});
