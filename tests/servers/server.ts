/** A database server as a real process: on loopback, on a port and a data folder of its own, gone without a trace. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a server is started, and how it is known to be ready. */
export interface ServerParts {
  readonly url: string;
  readonly port: number;
  /** The data; removed by `stop`. */
  readonly folder: string;
  readonly program: string;
  readonly args: readonly string[];
  /** The user as whom it runs; default: the one who runs the tests. */
  readonly user?: string;
  /** By which it ends at once without leaving anything in the system. */
  readonly stopSignal: 'SIGKILL' | 'SIGQUIT';
  readonly isReady: () => Promise<boolean>;
}

const startWithinMs = 60_000;

/** A server that runs. */
export class Server {
  readonly url: string;
  readonly port: number;
  /** Where its data is. */
  readonly folder: string;
  readonly #parts: ServerParts;
  #process: ChildProcess | undefined;

  /** Starts it, and waits until it takes connections. */
  static async start(parts: ServerParts): Promise<Server> {
    const server = new Server(parts);
    try {
      await server.restart();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  private constructor(parts: ServerParts) {
    this.#parts = parts;
    this.url = parts.url;
    this.port = parts.port;
    this.folder = parts.folder;
  }

  /** Ends all of its processes at once, as a crash does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Starts it on the same port and data after `kill`, and waits until it takes connections. */
  async restart(): Promise<void> {
    const giveUpAt = performance.now() + startWithinMs;
    let tries = 0;
    while (this.#process === undefined || !(await this.#parts.isReady())) {
      if (performance.now() > giveUpAt || (this.#process === undefined && tries >= 20)) {
        throw new Error(`${this.#parts.program} did not start.\n${this.#lastLines()}`);
      }
      if (this.#process === undefined) {
        // After a crash PostgreSQL refuses to start until the last of its old processes is gone.
        tries++;
        this.#spawn();
      }
      await sleep(50);
    }
  }

  /** Stops all of its processes where they are: connections stay open, and nothing answers. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  /** Lets it go on after `freeze`. */
  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    this.thaw();
    await this.#end(this.#parts.stopSignal);
    rmSync(this.#parts.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #spawn(): void {
    const { program, args, user, folder, stopSignal } = this.#parts;
    const as = user === undefined ? [] : ['--reuid', user, '--regid', user, '--init-groups'];
    // The kernel ends it when we are gone, even by SIGKILL.
    const deathSignal = ['--pdeathsig', stopSignal.slice('SIG'.length)];
    const log = openSync(this.#logFile, 'a');
    const child = spawn('setpriv', [...deathSignal, ...as, '--', program, ...args], {
      cwd: folder,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const gone = () => {
      if (this.#process === child) this.#process = undefined;
    };
    child.once('exit', gone);
    child.once('error', gone);
    this.#process = child;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const exited = new Promise((resolve) => void child.once('exit', resolve));
    this.#signal(signal);
    await exited;
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid;
    if (pid === undefined) return;
    // Asked to end, the first process ends the others itself.
    const all = signal === 'SIGQUIT' ? [pid] : [pid, ...childrenOf(pid)];
    for (const each of all) {
      try {
        process.kill(each, signal);
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  get #logFile(): string {
    return join(this.#parts.folder, 'server.log');
  }

  #lastLines(): string {
    return readFileSync(this.#logFile, 'utf8').split('\n').slice(-15).join('\n');
  }
}

/** A new folder for a server's data. What earlier runs left that were killed is removed. */
export function makeFolder(kind: string): string {
  const prefix = `seaworthy-${kind}-`;
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) {
      rmSync(join(tmpdir(), name), { recursive: true, force: true, maxRetries: 10 });
    }
  }
  return mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * A port that nobody listens on, below those that the system gives to outgoing connections: a client that keeps trying
 * a port among those may one day connect to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    if (await mayListen(port)) return port;
  }
}

function mayListen(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
