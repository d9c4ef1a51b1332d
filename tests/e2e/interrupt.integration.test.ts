import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Command, eventually, run, runFolders, start, tiny } from './command.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seaworthy-e2e-'));
  cpSync(tiny, folder, { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Waits until the run says that its fault is on. */
async function untilFaultIsOn(command: Command): Promise<void> {
  expect(await eventually(() => command.out().includes('fault hang is on'), 30_000)).toBe(true);
}

function lastRun(): string {
  return readFileSync(join(runFolders(folder).at(-1) ?? '', 'journal.jsonl'), 'utf8');
}

describe('Ctrl-C', () => {
  it('ends with 130 and everything undone, in the middle of a fault', async () => {
    const command = start(folder, 'run', 'back-hung.yaml');
    await untilFaultIsOn(command);
    command.child.kill('SIGINT');
    const { exitCode, out } = await command.ended;
    expect(exitCode).toBe(130);
    expect(out).toContain('undoing');
    expect(command.living()).toEqual([]);
    expect(lastRun()).toMatch(/"kind":"fault.undone".*"ok":true/);
    expect(lastRun()).toContain('"verdict":"interrupted"');
  });

  it('does no harm when it comes several times, as terminals and parents pass it on', async () => {
    const command = start(folder, 'run', 'back-hung.yaml');
    await untilFaultIsOn(command);
    for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM', 'SIGINT'] as const) {
      command.child.kill(signal);
      await sleep(20);
    }
    expect((await command.ended).exitCode).toBe(130);
    expect(command.living()).toEqual([]);
  });

  it('ends with 130 while services still start', async () => {
    const command = start(folder, 'run', 'back-hung.yaml');
    await eventually(() => command.living().length > 0, 30_000);
    command.child.kill('SIGINT');
    expect((await command.ended).exitCode).toBe(130);
    expect(command.living()).toEqual([]);
  });
});

describe('SIGKILL of the runner', () => {
  it('leaves no process behind, neither stopped nor running, whenever it comes', async () => {
    for (let round = 0; round < 6; round++) {
      const command = start(folder, 'run', 'back-hung.yaml');
      await eventually(() => command.living().length > 0, 30_000);
      const moment = Math.round(Math.random() * 4_000);
      await sleep(moment);
      command.child.kill('SIGKILL');
      await command.ended;
      const gone = await eventually(() => command.living().length === 0, 10_000);
      expect(gone, `killed ${moment} ms after its first process`).toBe(true);
    }
  });

  it('leaves nothing that `seaworthy undo` would have to undo', async () => {
    const command = start(folder, 'run', 'back-hung.yaml');
    await untilFaultIsOn(command);
    command.child.kill('SIGKILL');
    await eventually(() => command.living().length === 0, 10_000);
    const { exitCode, out } = await run(folder, 'undo');
    expect(out).toContain('There was nothing to undo.');
    expect(exitCode).toBe(0);
  });
});
