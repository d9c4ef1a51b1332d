import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { SystemError } from './errors.ts';
import type { ProcessLedger, ProcessNote } from './needs.ts';

export interface GatedOptions {
  /** For the ledger and for people. */
  readonly name: string;
  /** An absolute path, and arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ledger: ProcessLedger;
}

/** A process that stands in the ledger and still waits at its gate. */
export interface GatedProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly note: ProcessNote;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Lets it run. */
  readonly open: () => void;
}

/**
 * The gate: a shell that waits for a word on a pipe and then becomes the program, with the same pid, group and start
 * time. When the pipe ends without the word, the runner died, and the shell ends too. So at no moment there is a
 * process that would outlive the runner and is not in the ledger.
 */
const gateScript = 'read -r word <&3 && exec "$@" 3<&-';

/**
 * Starts a program in a process group of its own, held at a gate, and writes it into the ledger.
 *
 * @throws SystemError `SPAWN_FAILED`, and what the ledger throws; nothing is left then
 */
export async function startGated({ name, command, cwd, env, ledger }: GatedOptions): Promise<GatedProcess> {
  const child = spawn('/bin/sh', ['-c', gateScript, name, ...command], {
    cwd,
    env: { ...env, ...ledger.environment },
    // A session and a group of its own: Ctrl-C does not reach it, and a signal can reach all that it starts.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const pid = await spawned(child, name);
  const [, stdout, stderr, gate] = child.stdio as unknown as [null, Readable, Readable, Writable];
  // The word may come too late, when the process was killed at its gate; its exit tells that.
  gate.on('error', () => {});
  try {
    const note = await ledger.startedProcess(name, pid);
    return { child, pid, note, stdout, stderr, open: () => void gate.end('go\n') };
  } catch (error) {
    gate.destroy();
    child.kill('SIGKILL');
    throw error;
  }
}

function spawned(child: ChildProcess, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(
        new SystemError('SPAWN_FAILED', `No process could be made for ${name}: ${error.message}.`, error),
      );
    child.once('error', fail);
    child.once('spawn', () => {
      // An error from now on is a signal that could not be sent, which its sender is told.
      child.off('error', fail).on('error', () => {});
      resolve(child.pid as number);
    });
  });
}
