/** Runs the command line as a person's shell does, and finds whatever it leaves behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));

/** The folder of the tiny system. */
export const tiny = fileURLToPath(new URL('fixtures/tiny', import.meta.url));

/** How a command ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A command that runs. */
export interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has printed so far. */
  out(): string;
  /** The pids of all processes that it started, directly or not, and that are still there; never its own. */
  living(): readonly number[];
}

/** Starts `seaworthy` from source in a folder. */
export function start(folder: string, ...args: readonly string[]): Command {
  const mark = `E2E_MARK=${randomUUID()}`;
  const [name = '', value = ''] = mark.split('=');
  const child = spawn(process.execPath, ['--conditions=@seaworthy/source', program, ...args], {
    cwd: folder,
    env: { ...process.env, [name]: value, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, out, err }));
  });
  return { child, ended, out: () => out, living: () => marked(mark).filter((pid) => pid !== child.pid) };
}

/** Runs `seaworthy` to its end. */
export async function run(
  folder: string,
  ...args: readonly string[]
): Promise<Ended & { living: readonly number[] }> {
  const command = start(folder, ...args);
  const ended = await command.ended;
  return { ...ended, living: command.living() };
}

/** Waits until something holds; false when it did not within the time. */
export async function eventually(holds: () => boolean, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > until) return false;
    await sleep(50);
  }
  return true;
}

/** The folders of the runs that were made in a folder. */
export function runFolders(folder: string): readonly string[] {
  try {
    return readdirSync(join(folder, '.seaworthy', 'runs')).map((name) =>
      join(folder, '.seaworthy', 'runs', name),
    );
  } catch {
    return [];
  }
}

/** The processes whose environment has an assignment; a zombie has none any more. */
function marked(assignment: string): readonly number[] {
  const wanted = Buffer.from(`${assignment}\0`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`).includes(wanted);
      } catch {
        return false;
      }
    })
    .map(Number);
}
