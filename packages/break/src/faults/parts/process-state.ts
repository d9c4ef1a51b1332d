import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What a process is doing, as the system sees it; `gone` also when it ended and only its entry is left. */
export type ProcessState = 'running' | 'stopped' | 'gone';

const run = promisify(execFile);

/** Asks the system for the state of a process: `/proc` on Linux, `ps` elsewhere. */
export async function processState(pid: number): Promise<ProcessState> {
  const letter = process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid);
  if (letter === undefined || letter === 'Z' || letter === 'X') return 'gone';
  return letter === 'T' || letter === 't' ? 'stopped' : 'running';
}

async function fromProc(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The program's name stands in brackets and may hold anything, brackets too.
    return text.slice(text.lastIndexOf(')') + 2)[0];
  } catch {
    return undefined;
  }
}

async function fromPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'stat=', '-p', String(pid)], { timeout: 5_000 });
    return stdout.trim()[0];
  } catch {
    return undefined;
  }
}
