import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ledgerFiles } from '../ledger/entry.ts';
import { undoRun } from '../ledger/open-ledger.ts';
import { systemWorld } from '../ledger/system-world.ts';

const runnerFile = fileURLToPath(new URL('./fixtures/runner.ts', import.meta.url));
const { processes } = systemWorld(async () => {});

let runFolder: string;
/** Stands in the environment of the runner, and so of everything that comes from it. */
let mark: string;
let runner: ChildProcess;
let said: Record<string, unknown>[];

beforeEach(async () => {
  runFolder = await mkdtemp(join(tmpdir(), 'watchdog-'));
  mark = `TEST_OF_WATCHDOG=${randomUUID()}`;
  said = [];
});
afterEach(async () => {
  for (const pid of processes.withEnvironment(mark)) processes.signal(pid, 'SIGKILL');
  await rm(runFolder, { recursive: true });
});

async function startRunner(how: string): Promise<void> {
  const [name = '', value = ''] = mark.split('=');
  runner = spawn(process.execPath, ['--conditions=@seaworthy/source', runnerFile, runFolder, how], {
    env: { ...process.env, [name]: value },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let held = '';
  runner.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (held + text).split('\n');
    held = lines.pop() ?? '';
    said.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
  });
  await until('the runner has begun', () => said.some((words) => 'ready' in words));
}

/** Waits until something is so, at most 15 s. */
async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (isSo()) return;
    await sleep(50);
  }
  throw new Error(`It was not so within 15 s that ${what}. Said: ${JSON.stringify(said)}`);
}

function left(): readonly number[] {
  return [...processes.withEnvironment(mark)];
}

/** The watchdog: it has the runner's environment, and not the mark of what the lab starts. */
async function watchdogPid(): Promise<number> {
  const ledger = await readFile(join(runFolder, ledgerFiles.folder, ledgerFiles.ledger), 'utf8');
  const opened = JSON.parse(ledger.split('\n')[0] ?? '') as { readonly mark: string };
  const ofLab = processes.withEnvironment(opened.mark);
  const others = left().filter((pid) => pid !== runner.pid && !ofLab.has(pid));
  expect(others).toHaveLength(1);
  return others[0] ?? 0;
}

async function nothingIsLeft(): Promise<void> {
  await until('nothing is left running', () => left().length === 0);
  expect(existsSync(join(runFolder, 'fill'))).toBe(false);
}

async function undone(): Promise<unknown[]> {
  const text = await readFile(join(runFolder, ledgerFiles.folder, ledgerFiles.undone), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

describe('the watchdog', () => {
  it('undoes everything, newest first, when the runner is killed, and tells what it did', async () => {
    await startRunner('waits');
    expect(left().length).toBe(3);
    runner.kill('SIGKILL');
    await nothingIsLeft();
    expect(await undone()).toMatchObject([
      { owner: 'hang-1', ok: true, step: { do: 'signal', signal: 'SIGCONT' } },
      { owner: 'disk-1', ok: true, step: { do: 'remove-file' } },
      { owner: 'sleeper', ok: true, step: { do: 'end-process' } },
      { ok: true, strays: 0, trouble: [] },
    ]);
  });

  it.each(['exits', 'throws'])('undoes everything when the runner %s', async (how) => {
    await startRunner(how);
    await nothingIsLeft();
    expect((await undone()).at(-1)).toMatchObject({ ok: true });
  });

  it('has nothing to do, and goes, when the runner closes its ledger', async () => {
    await startRunner('closes');
    await until('the ledger is closed', () => said.some((words) => 'closed' in words));
    expect(said.at(-1)).toEqual({ closed: { ok: true, strays: 0, trouble: [] } });
    await nothingIsLeft();
    expect(existsSync(join(runFolder, ledgerFiles.folder, ledgerFiles.undone))).toBe(false);
  });

  it('takes no notice of Ctrl-C, of a closed terminal or of SIGTERM', async () => {
    await startRunner('waits');
    const pid = await watchdogPid();
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM', 'SIGQUIT'] as const) processes.signal(pid, signal);
    await sleep(300);
    expect(processes.find(pid)).toBeDefined();
    expect(processes.find(pid)?.group).toBe(pid);
    runner.kill('SIGINT');
    await nothingIsLeft();
  });

  it('is replaced when it dies, which is told, and the next one undoes', async () => {
    await startRunner('waits');
    processes.signal(await watchdogPid(), 'SIGKILL');
    await until('it is replaced', () =>
      said.some(({ trouble }) => trouble === 'The watchdog is there again.'),
    );
    expect(said.map(({ trouble }) => trouble)).toContainEqual(
      expect.stringMatching(/^The watchdog ended \(SIGKILL\); another one is started/),
    );
    runner.kill('SIGKILL');
    await nothingIsLeft();
  });

  it('is given up, which is told, when it keeps dying', async () => {
    await startRunner('waits');
    for (let times = 1; times <= 3; times++) {
      processes.signal(await watchdogPid(), 'SIGKILL');
      const isThere = () => said.filter(({ trouble }) => trouble === 'The watchdog is there again.').length;
      await until(`it is replaced ${times} times`, () => isThere() === times);
    }
    processes.signal(await watchdogPid(), 'SIGKILL');
    await until('it is given up', () => String(said.at(-1)?.['trouble']).includes('not replaced'));
  });

  it('can be missed: what it would have done is done later, by hand', async () => {
    await startRunner('waits');
    // A runner that is stopped cannot replace it.
    runner.kill('SIGSTOP');
    processes.signal(await watchdogPid(), 'SIGKILL');
    await expect(undoRun(runFolder)).rejects.toMatchObject({ code: 'RUNNER_ALIVE' });
    runner.kill('SIGKILL');
    await until('the runner is gone', () => runner.signalCode !== null);
    expect(left()).toHaveLength(1);
    expect(await undoRun(runFolder)).toMatchObject({ ok: true, trouble: [] });
    await nothingIsLeft();
  });
});
