/**
 * The limit on the size of files that one running process may write, which Linux lets be changed from outside. Beyond
 * it a write fails as on a full disk, and no other process notices.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { FaultError } from './fault-error.ts';

/** A soft limit in bytes, or `unlimited`. */
export type FileSizeLimit = number | 'unlimited';

/** Runs a program and gives what it printed; rejects unless it ended with exit code 0. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<string>;

/** The limit of a process and how it is set. */
export interface FileSizeLimits {
  /**
   * The soft limit of a process.
   *
   * @throws FaultError `FAULT_IMPOSSIBLE` where there is no `prlimit`
   */
  read(pid: number): Promise<FileSizeLimit>;
  set(pid: number, limit: FileSizeLimit): Promise<void>;
}

/** The command that sets the soft limit; the hard one stays, so that no privilege is needed to set it back. */
export function limitCommand(pid: number, limit: FileSizeLimit): readonly [string, ...string[]] {
  return ['prlimit', '--pid', String(pid), `--fsize=${limit}:`];
}

/** The limits of this machine's processes, by the program `prlimit` of util-linux. */
export function fileSizeLimits(run: RunProgram = runProgram): FileSizeLimits {
  return {
    async read(pid) {
      if (process.platform !== 'linux') throw impossible(`this machine runs ${process.platform}`);
      const args = ['--pid', String(pid), '--fsize', '--output', 'SOFT', '--noheadings', '--raw'];
      const text = (await run('prlimit', args).catch(toImpossible)).trim();
      if (text === 'unlimited') return text;
      if (/^\d+$/.test(text)) return Number(text);
      throw impossible(`prlimit says "${text.slice(0, 60)}"`);
    },
    async set(pid, limit) {
      const [program, ...args] = limitCommand(pid, limit);
      await run(program, args);
    },
  };
}

/** SIGXFSZ, which the system sends with such a failed write, ends a process that does not expect it. Node ignores it. */
const fileSizeSignal = 25n;

/** Whether a process gets an error from a write beyond the limit, rather than being ended by a signal. */
export async function survivesLimit(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1');
  return ['SigIgn', 'SigCgt'].some((name) => {
    const mask = new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1];
    return mask !== undefined && ((BigInt(`0x${mask}`) >> (fileSizeSignal - 1n)) & 1n) === 1n;
  });
}

const execute = promisify(execFile);

async function runProgram(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, args, { timeout: 5_000, env: { ...process.env, LC_ALL: 'C' } });
  return stdout;
}

function toImpossible(error: NodeJS.ErrnoException): never {
  if (error.code === 'ENOENT') throw impossible('there is no `prlimit` (package util-linux)', error);
  throw impossible(error.message.trim().split('\n').at(-1) ?? 'prlimit failed', error);
}

function impossible(why: string, cause?: unknown): FaultError {
  return new FaultError(
    'FAULT_IMPOSSIBLE',
    `exhaust-disk cannot limit what the process writes: ${why}. Use \`how: fill\`, which writes a file instead.`,
    cause,
  );
}
