import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Timers } from '@seaworthy/protect';
import { JournalError, reasonOf } from '../errors.ts';
import { ledgerFiles } from '../ledger/entry.ts';
import type { Guard } from '../ledger/ledger.ts';
import { farewell, greeting } from './words.ts';

export interface WatchdogOptions {
  readonly timers: Timers;
  /** How often a watchdog that died is replaced in one run; 3 by default. */
  readonly restartsMax?: number;
}

/** How long a watchdog may take to start, on a machine that is busy with an experiment. */
const startMsMax = 20_000;
/** How long a watchdog that was sent home may take to go. */
const leaveMsMax = 5_000;

/**
 * Starts the watchdog of a run and keeps one there: a watchdog that dies is replaced, and that is told.
 *
 * @throws JournalError `WATCHDOG_LOST` when none starts
 */
export async function startWatchdog(runFolder: string, options: WatchdogOptions): Promise<Guard> {
  const { timers, restartsMax = 3 } = options;
  const listeners = new Set<(text: string) => void>();
  let restarts = 0;
  let dismissed = false;
  let child: ChildProcess | undefined;
  /** Settles once the present watchdog watches, or none can be had. */
  let present: Promise<void>;

  const tell = (text: string): void => {
    for (const listener of listeners) listener(text);
  };
  const start = async (): Promise<void> => {
    const next = await spawnWatchdog(runFolder, timers);
    if (dismissed) {
      sendHome(next);
      return;
    }
    child = next;
    next.once('exit', (code, signal) => onLost(signal ?? `exit code ${code}`));
    // It may have died between its greeting and now.
    if (next.exitCode !== null || next.signalCode !== null) throw lost('it ended as soon as it had started');
  };
  const onLost = (how: string): void => {
    child = undefined;
    if (dismissed) return;
    if (restarts === restartsMax) {
      present = Promise.reject(lost(`it ended ${restarts + 1} times, the last time with ${how}`));
      present.catch(() => {});
      tell(`The watchdog ended again (${how}) and is not replaced: no further fault is begun.`);
      return;
    }
    restarts++;
    tell(`The watchdog ended (${how}); another one is started. Until it is there no fault is begun.`);
    present = start();
    present.then(
      () => tell('The watchdog is there again.'),
      (error: unknown) => tell(`${reasonOf(error)} No further fault is begun.`),
    );
  };

  present = start();
  await present;

  return {
    present: () => present,
    onTrouble(listener) {
      const entry = (text: string) => listener(text);
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    async dismiss() {
      dismissed = true;
      if (child !== undefined) await leave(child, timers);
    },
  };
}

function spawnWatchdog(runFolder: string, timers: Timers): Promise<ChildProcess> {
  const log = openSync(join(runFolder, ledgerFiles.folder, ledgerFiles.watchdogLog), 'a');
  // Options of the user's Node are meant for the user's programs: a debugger's port can be had only once.
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...env } = process.env;
  const main = fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, runFolder], {
    // A session of its own: no Ctrl-C, no closed terminal.
    detached: true,
    // Not the folder where the runner is: that one may be removed or unmounted in the meantime.
    cwd: '/',
    env,
    stdio: ['pipe', 'pipe', log],
  });
  closeSync(log);
  return greeted(child, timers);
}

/** Resolves when the watchdog has greeted; from then on it holds nothing of the runner's event loop. */
function greeted(child: ChildProcess, timers: Timers): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const fail = (how: string) => {
      timer.cancel();
      child.kill('SIGKILL');
      reject(lost(how));
    };
    const timer = timers.set(() => fail(`it did not greet within ${startMsMax} ms`), startMsMax);
    const onEarlyExit = (code: number | null, signal: string | null) =>
      fail(`it ended with ${signal ?? `exit code ${code}`} before it watched`);
    child.once('error', (error) => fail(reasonOf(error)));
    child.once('exit', onEarlyExit);
    // The runner writes one word, in the end; a watchdog that is gone by then is told by `exit`.
    child.stdin?.on('error', () => {});
    let heard = '';
    child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      heard += text;
      if (!heard.startsWith(greeting)) return;
      timer.cancel();
      child.off('exit', onEarlyExit);
      child.unref();
      for (const stream of [child.stdin, child.stdout]) (stream as { unref?: () => void } | null)?.unref?.();
      resolve(child);
    });
  });
}

function sendHome(child: ChildProcess): void {
  child.stdin?.end(farewell);
}

async function leave(child: ChildProcess, timers: Timers): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = timers.set(() => {
      child.kill('SIGKILL');
    }, leaveMsMax);
    child.once('exit', () => {
      timer.cancel();
      resolve();
    });
    child.ref();
    sendHome(child);
  });
}

function lost(how: string): JournalError {
  return new JournalError('WATCHDOG_LOST', `There is no watchdog to undo faults if the run dies: ${how}.`);
}
