/** Real processes that are killed for real. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts a TypeScript file of the folder `fixtures` as a process of its own. */
export function startChild(name: string, ...args: readonly string[]): ChildProcess {
  const file = fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
  return spawn(process.execPath, ['--conditions=@seaworthy/source', '--no-warnings', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}

/** How a process ended. */
export function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  }
  return new Promise((resolve) => void child.once('exit', (code, signal) => resolve({ code, signal })));
}
