import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run, runFolders, tiny } from './command.ts';

/** A place with spaces in its name, as people have them, in which each test finds the tiny system anew. */
let folder = '';

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'seaworthy e2e ')), 'tiny system');
  cpSync(tiny, folder, { recursive: true });
});

afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

/** The kinds of a run's records with what was decided. */
function journalOf(runFolder: string): readonly Record<string, unknown>[] {
  return readFileSync(join(runFolder, 'journal.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a Game Day', () => {
  it('ends with 0 when every hypothesis held, and leaves its record and reports, twice in a row', async () => {
    for (const round of [1, 2]) {
      const { exitCode, out, err, living } = await run(folder, 'gameday', 'game-day.yaml');
      expect(err).toBe('');
      expect(out).toContain('exit code 0');
      expect(exitCode).toBe(0);
      expect(living).toEqual([]);
      expect(runFolders(folder)).toHaveLength(round);
    }
    for (const runFolder of runFolders(folder)) {
      for (const file of ['report.html', 'report.md', 'post-mortem.md']) {
        expect(existsSync(join(runFolder, file)), file).toBe(true);
      }
      expect(journalOf(runFolder).at(0)).toMatchObject({ kind: 'run.started', mode: 'protected' });
      expect(journalOf(runFolder).findLast(({ kind }) => kind === 'run.ended')).toMatchObject({
        verdict: 'held',
        exitCode: 0,
      });
    }
  });

  it('ends with 1 when a hypothesis failed, and says which, with what was expected and seen', async () => {
    const { exitCode, out, living } = await run(folder, 'gameday', 'game-day.yaml', '--mode', 'naive');
    expect(exitCode).toBe(1);
    expect(out).toMatch(/expected +success rate of load >= 99%/);
    expect(out).toMatch(/seen +\d+/);
    expect(living).toEqual([]);
  });
});

describe('an experiment', () => {
  it('ends with 3 when the steady state does not hold before the fault, and injects nothing', async () => {
    const { exitCode, living } = await run(folder, 'run', 'not-steady.yaml');
    expect(exitCode).toBe(3);
    const [runFolder = ''] = runFolders(folder);
    expect(journalOf(runFolder).filter(({ kind }) => String(kind).startsWith('fault.'))).toEqual([]);
    expect(living).toEqual([]);
  });

  it('ends with 5 when what it broke cannot be mended', async () => {
    const { exitCode, out, living } = await run(folder, 'run', 'never-back.yaml');
    expect(out).toContain('undo failed');
    expect(exitCode).toBe(5);
    expect(living).toEqual([]);
  });

  it('has its reports made anew from its record', async () => {
    await run(folder, 'run', 'not-steady.yaml');
    const [runFolder = ''] = runFolders(folder);
    const report = join(runFolder, 'report.html');
    const before = readFileSync(report, 'utf8');
    rmSync(report);
    const { exitCode, out } = await run(folder, 'report', runFolder);
    expect(exitCode).toBe(0);
    expect(out).toContain(report);
    expect(readFileSync(report, 'utf8')).toBe(before);
  });
});
