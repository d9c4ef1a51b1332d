import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemWorld } from '../journal/ledger/system-world.ts';

const runnerFile = fileURLToPath(new URL('./fixtures/runner.ts', import.meta.url));
const { processes } = systemWorld(async () => {});

/** The promise of the project: so long after the runner's death nothing of it is left. */
const goneMsMax = 10_000;

let runFolder: string;
/** Stands in the environment of the runner, and so of everything that comes from it. */
let mark: string;

beforeEach(async () => {
  runFolder = await mkdtemp(join(tmpdir(), 'runner-death-'));
  mark = `TEST_OF_RUNNER_DEATH=${randomUUID()}`;
});
afterEach(async () => {
  for (const pid of processes.withEnvironment(mark)) processes.signal(pid, 'SIGKILL');
  await rm(runFolder, { recursive: true });
});

function startRunner(dieAt = '') {
  const [name = '', value = ''] = mark.split('=');
  const child = spawn(process.execPath, ['--conditions=@seaworthy/source', runnerFile, runFolder, dieAt], {
    env: { ...process.env, [name]: value },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const stopped = new Promise<void>((resolve) => child.stdout.on('data', () => resolve()));
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('exit', (_code, signal) => resolve(signal)),
  );
  return { child, stopped, ended, errors: () => errors };
}

async function expectNothingLeft(): Promise<void> {
  const until = performance.now() + goneMsMax;
  let left = processes.withEnvironment(mark);
  while (left.size > 0 && performance.now() < until) {
    await sleep(50);
    left = processes.withEnvironment(mark);
  }
  expect([...left], 'processes that outlived the runner').toEqual([]);
  const files = await readdir(runFolder, { recursive: true });
  expect(files.filter((file) => file.includes('fill-'))).toEqual([]);
}

async function textOf(...path: string[]): Promise<string> {
  return readFile(join(runFolder, ...path), 'utf8').catch(() => '');
}

describe('a runner that is killed', () => {
  // Spread over the start of the runner, of its watchdog and of its services, and over the faults that follow.
  const moments = Array.from({ length: 12 }, (_, n) => n * 120 + Math.floor(Math.random() * 120));

  it.each(moments)('after %d ms leaves nothing stopped, running or filled', async (afterMs) => {
    const { child, ended, errors } = startRunner();
    await Promise.race([sleep(afterMs), ended]);
    expect(errors()).toBe('');
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    await expectNothingLeft();
  });

  it.each([0, 5, 25, 60])('%d ms after it stopped a service leaves nothing either', async (afterMs) => {
    const { child, stopped, ended } = startRunner();
    await Promise.race([stopped, ended]);
    await sleep(afterMs);
    const before = processes.withEnvironment(mark).size;
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    // The runner, its watchdog, three services and two children of theirs, less a service and its child in a restart.
    expect(before).toBeGreaterThanOrEqual(5);
    await expectNothingLeft();
    expect(await readdir(join(runFolder, 'data', 'payment'))).toEqual(['ran']);
    expect(await textOf('ledger', 'undone.jsonl')).toContain('"do":"end-process"');
  });

  it.each(['before-note', 'after-note'])('%s of a process never lets that process run', async (dieAt) => {
    const { ended } = startRunner(dieAt);
    expect(await ended).toBe('SIGKILL');
    await expectNothingLeft();
    expect(await readdir(join(runFolder, 'data', 'payment'))).toEqual([]);
    expect((await textOf('ledger', 'ledger.jsonl')).includes('"payment"')).toBe(dieAt === 'after-note');
  });

  it('as it lets a process go leaves nothing', async () => {
    const { ended } = startRunner('at-start');
    expect(await ended).toBe('SIGKILL');
    await expectNothingLeft();
  });
});
