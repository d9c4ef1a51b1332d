import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JournalError } from '../errors.ts';
import { ledgerFiles, parseLedger } from './entry.ts';
import { type FakeProcesses, fakeProcesses, noSleep } from './fixtures/fake-processes.ts';
import { type Guard, type Ledger, createLedger } from './ledger.ts';
import { undoLedger } from './undo-ledger.ts';
import type { UndoWorld } from './undo.ts';

let runFolder: string;
let file: string;
let processes: FakeProcesses;
let done: string[];
let world: UndoWorld;
let guard: Guard & { lost: boolean; dismissed: boolean };
let ledger: Ledger;

const now = () => 1_795_000_000_000;

beforeEach(async () => {
  runFolder = await mkdtemp(join(tmpdir(), 'ledger-'));
  file = join(runFolder, ledgerFiles.folder, ledgerFiles.ledger);
  processes = fakeProcesses();
  processes.add({ pid: process.pid, startedAt: 'the runner' });
  done = [];
  world = {
    processes,
    sleep: noSleep,
    exists: async (path) => path !== '/gone',
    removeFile: async (path) => void done.push(`file ${path}`),
    removeFolder: async (path) => void done.push(`folder ${path}`),
    async run(command) {
      if (command[0] === 'false') throw new Error('`false`: exit code 1');
      done.push(`run ${command.join(' ')}`);
    },
  };
  guard = {
    lost: false,
    dismissed: false,
    async present() {
      if (guard.lost) throw new JournalError('WATCHDOG_LOST', 'There is no watchdog.');
    },
    onTrouble: () => () => {},
    dismiss: async () => void (guard.dismissed = true),
  };
  ledger = await createLedger(runFolder, { world, now, startGuard: async () => guard });
});
afterEach(async () => {
  await ledger.close();
  await rm(runFolder, { recursive: true });
});

async function openIds(): Promise<readonly number[]> {
  return parseLedger(await readFile(file, 'utf8')).open.map(({ id }) => id);
}

/** As the watchdog sees the run after the runner's death. */
async function undoAsWatchdog() {
  processes.end(process.pid);
  return undoLedger(runFolder, { world, now });
}

describe('a ledger', () => {
  it('has the note on disk before it says so, and strikes it out', async () => {
    const strikeOut = await ledger.intend('disk-1', [{ do: 'remove-file', path: '/data/fill' }]);
    expect(await openIds()).toEqual([1]);
    await strikeOut();
    await strikeOut();
    expect(await openIds()).toEqual([]);
  });

  it('keeps many notes that are made at once apart', async () => {
    const notes = await Promise.all(Array.from({ length: 20 }, (_, n) => ledger.intend(`fault-${n}`, [])));
    await Promise.all(notes.filter((_, n) => n % 2 === 0).map((strikeOut) => strikeOut()));
    expect((await openIds()).length).toBe(10);
  });

  it('begins nothing without a watchdog', async () => {
    guard.lost = true;
    await expect(ledger.intend('hang-1', [])).rejects.toMatchObject({ code: 'WATCHDOG_LOST' });
    expect(await openIds()).toEqual([]);
  });

  it('undoes on closing what was left open, newest first, and sends the watchdog home', async () => {
    await ledger.intend('one', [{ do: 'remove-file', path: '/1' }]);
    const strikeOut = await ledger.intend('two', [{ do: 'remove-file', path: '/2' }]);
    await ledger.intend('three', [
      { do: 'run', command: ['restore', 'it'] },
      { do: 'remove-folder', path: '/3' },
    ]);
    await strikeOut();
    const report = await ledger.close();
    expect(done).toEqual(['run restore it', 'folder /3', 'file /1']);
    expect(report).toMatchObject({ ok: true, strays: 0, trouble: [] });
    expect(parseLedger(await readFile(file, 'utf8'))).toMatchObject({ open: [], closed: true });
    expect(guard.dismissed).toBe(true);
  });

  it('says what could not be undone, goes on, and leaves it open for a later try', async () => {
    await ledger.intend('one', [{ do: 'remove-file', path: '/1' }]);
    await ledger.intend('two', [
      { do: 'run', command: ['false'] },
      { do: 'remove-file', path: '/2' },
    ]);
    const report = await ledger.close();
    expect(report.ok).toBe(false);
    expect(report.trouble).toEqual(['two: `false`: exit code 1']);
    expect(done).toEqual(['file /2', 'file /1']);
    expect(await openIds()).toEqual([2]);
  });

  it('takes nothing more once it is closed', async () => {
    await ledger.close();
    await expect(ledger.intend('late', [])).rejects.toMatchObject({ code: 'LEDGER_CLOSED' });
  });

  it('never writes over another one', async () => {
    const second = createLedger(runFolder, { world, now, startGuard: async () => guard });
    await expect(second).rejects.toMatchObject({ code: 'LEDGER_UNWRITABLE' });
  });

  it('notes a process by its start, and refuses one that is gone', async () => {
    processes.add({ pid: 40, startedAt: 'at noon' });
    const note = await ledger.startedProcess('inventory', 40);
    expect(note.startedAt).toBe('at noon');
    expect(await openIds()).toEqual([1]);
    expect(note.signal('SIGSTOP')).toBe(true);
    await note.end();
    expect(processes.received).toEqual(['SIGSTOP 40', 'SIGCONT 40', 'SIGKILL 40']);
    expect(await openIds()).toEqual([]);
    await expect(ledger.startedProcess('ghost', 41)).rejects.toMatchObject({ code: 'PROCESS_GONE' });
  });

  it('ends on closing the processes that left their group', async () => {
    const [[name, value] = []] = Object.entries(ledger.environment);
    processes.add({ pid: 50, environment: [`${name}=${value}`] });
    expect(await ledger.close()).toMatchObject({ ok: true, strays: 1 });
    expect(processes.living()).toEqual([process.pid]);
  });
});

describe('undoing a ledger', () => {
  it('undoes faults before it ends the services, and is harmless the second time', async () => {
    processes.add({ pid: 60, startedAt: 'at noon' });
    await ledger.startedProcess('inventory', 60);
    await ledger.intend('hang-1', [{ do: 'signal', pid: 60, startedAt: 'at noon', signal: 'SIGCONT' }]);
    const report = await undoAsWatchdog();
    expect(report).toMatchObject({ ok: true, trouble: [] });
    expect(report.outcomes.map(({ owner }) => owner)).toEqual(['hang-1', 'inventory']);
    expect(processes.living()).toEqual([]);
    expect(await undoLedger(runFolder, { world, now })).toMatchObject({ ok: true, outcomes: [] });
    const told = await readFile(join(runFolder, ledgerFiles.folder, ledgerFiles.undone), 'utf8');
    expect(
      told
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { owner: 'hang-1', ok: true, detail: 'sent SIGCONT to process 60' },
      { owner: 'inventory', ok: true },
      { ok: true, strays: 0, trouble: [] },
    ]);
  });

  it('leaves a later process with a noted pid alone', async () => {
    await ledger.intend('hang-1', [
      { do: 'signal', pid: 60, startedAt: 'at noon', signal: 'SIGKILL' },
      { do: 'run', command: ['prlimit', '60'], process: { pid: 60, startedAt: 'at noon' } },
      { do: 'run', command: ['ip', 'netns', 'del', 'gone'], whileThere: '/gone' },
    ]);
    processes.add({ pid: 60, startedAt: 'in the evening' });
    expect(await undoAsWatchdog()).toMatchObject({ ok: true });
    expect([processes.received, done, processes.living()]).toEqual([[], [], [60]]);
  });

  it('refuses while the runner lives, unless it is told to', async () => {
    const otherRun = (await readFile(file, 'utf8')).replace(`"pid":${process.pid}`, '"pid":70');
    await writeFile(file, otherRun);
    processes.add({ pid: 70, startedAt: 'the runner' });
    await expect(undoLedger(runFolder, { world, now })).rejects.toMatchObject({ code: 'RUNNER_ALIVE' });
    expect(await undoLedger(runFolder, { world, now, evenIfRunning: true })).toMatchObject({ ok: true });
  });

  it('does what is legible when lines are damaged, and tells of them', async () => {
    await ledger.intend('one', [{ do: 'remove-file', path: '/1' }]);
    await appendFile(file, '{"kind":"intended","id":2,"ow\n');
    await ledger.intend('three', [{ do: 'remove-file', path: '/3' }]);
    await appendFile(file, '{"kind":"intended","id":4,"ow');
    const report = await undoAsWatchdog();
    expect(done).toEqual(['file /3', 'file /1']);
    expect(report).toMatchObject({ ok: false, trouble: ['line 3 of the ledger is damaged'] });
    expect(await openIds()).toEqual([]);
    expect(await undoLedger(runFolder, { world, now })).toMatchObject({
      ok: true,
      outcomes: [],
      trouble: [],
    });
  });

  it('says when there is no ledger', async () => {
    await expect(undoLedger(join(runFolder, 'nothing'), { world, now })).rejects.toMatchObject({
      code: 'LEDGER_MISSING',
      message: expect.stringContaining('Name the folder of a run.') as string,
    });
  });
});
