import { execFile } from 'node:child_process';
import { access, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, parse, relative, resolve } from 'node:path';
import type { Sleep } from './end-process.ts';
import { linuxProcesses } from './processes-linux.ts';
import { psProcesses } from './processes-ps.ts';
import type { UndoWorld } from './undo.ts';

/** How long a command of the ledger may take; the whole undoing is to be over within ten seconds. */
const commandMsMax = 3_000;

/** This machine, for undoing. */
export function systemWorld(sleep: Sleep): UndoWorld {
  return {
    // From `/proc` where there is one, else from `ps`.
    processes: process.platform === 'linux' ? linuxProcesses() : psProcesses(),
    sleep,
    async removeFile(path) {
      checkRemovable(path);
      await rm(path, { force: true });
    },
    async removeFolder(path) {
      checkRemovable(path);
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
    exists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    run: runCommand,
  };
}

/** A ledger is a file, and files can be damaged: nobody's home, nor what it lies in, is ever removed. */
export function checkRemovable(path: string, home = homedir()): void {
  const whole = resolve(path);
  const fromPathToHome = relative(whole, resolve(home));
  const holdsHome = !fromPathToHome.startsWith('..') && !isAbsolute(fromPathToHome);
  if (!isAbsolute(path) || whole === parse(whole).root || holdsHome) {
    throw new Error(`will not remove ${path}: expected the absolute path of something that the run made`);
  }
}

function runCommand(command: readonly string[]): Promise<void> {
  const [program, ...args] = command;
  if (program === undefined) return Promise.reject(new Error('an empty command'));
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      { timeout: commandMsMax, killSignal: 'SIGKILL' },
      (error, _, stderr) => {
        if (error === null) return resolve();
        const said = stderr.trim().split('\n').at(-1) ?? '';
        const how = error.killed ? `did not end within ${commandMsMax} ms` : error.message.split('\n')[0];
        reject(new Error(`\`${command.join(' ')}\`: ${how}${said === '' ? '' : ` (${said})`}`));
      },
    );
    child.stdin?.end();
  });
}
