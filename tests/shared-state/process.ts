/** Processes of their own that share state through a real store, and are killed for real. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts a file of the folder `fixtures` with `setup`, and waits until it says `ready`. */
export async function startProcess(name: string, setup: unknown): Promise<SharingProcess> {
  const file = fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
  const child = fork(file, [JSON.stringify(setup)], {
    execArgv: ['--conditions=@seaworthy/source', '--no-warnings'],
  });
  const started = new SharingProcess(child);
  await started.hear('ready');
  return started;
}

/** A process that tells things, each as an object with one key. */
export class SharingProcess {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  tell(word: string): void {
    this.#child.send(word);
  }

  /** What it says next under `key`. */
  async hear<T>(key: string): Promise<T> {
    for (;;) {
      const ended = new AbortController();
      const message = await Promise.race([
        once(this.#child, 'message', { signal: ended.signal }),
        once(this.#child, 'exit', { signal: ended.signal }).then(() => undefined),
      ]).finally(() => ended.abort());
      if (message === undefined) throw new Error(`The process ended before it said ${key}.`);
      const said = message[0] as Readonly<Record<string, unknown>>;
      if (key in said) return said[key] as T;
    }
  }

  /** Ends it by SIGKILL. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
