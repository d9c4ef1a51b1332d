import type { Timers } from '@seaworthy/protect';
import { type GatedOptions, startGated } from './gate.ts';
import type { ProcessNote } from './needs.ts';
import type { ServiceOutput } from './output.ts';
import { settlesWithin } from './time.ts';

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process of a service, from its start to its end. */
export interface Life {
  readonly pid: number;
  readonly note: ProcessNote;
  /** How it ended, once it has. */
  readonly ending: Ending | undefined;
  /** Resolves when it ends. */
  readonly ended: Promise<Ending>;
  /** Resolves some time after its end: its group is gone, too, and all that it printed was read. */
  readonly cleared: Promise<void>;
  /** Lets the process run, which until now only stands in the ledger. */
  begin(): void;
}

export interface LifeOptions extends GatedOptions {
  readonly output: ServiceOutput;
  readonly timers: Timers;
}

/** How long the end of a dead process's output is waited for: somebody else may hold it open. */
const drainMsMax = 1_000;

/** Starts a process of a service, up to its gate. */
export async function startLife(options: LifeOptions): Promise<Life> {
  const { output, timers } = options;
  const { child, pid, note, stdout, stderr, open } = await startGated(options);
  let ending: Ending | undefined;

  for (const [stream, name] of [
    [stdout, 'stdout'],
    [stderr, 'stderr'],
  ] as const) {
    const taker = output.taker(name);
    stream.on('data', (chunk: Buffer) => taker.take(chunk));
    stream.once('close', () => taker.end());
    stream.on('error', () => {});
  }
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = new Promise<Ending>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      ending = { code, signal };
      resolve(ending);
    };
    // It may have been killed while it was written down.
    if (child.exitCode !== null || child.signalCode !== null) end(child.exitCode, child.signalCode);
    else child.once('exit', end);
  });
  const cleared = ended.then(async () => {
    // What would not go stays in the ledger, whose end tries again and tells.
    await note.end().catch(() => {});
    if (await settlesWithin(timers, closed, drainMsMax)) return;
    stdout.destroy();
    stderr.destroy();
  });
  return {
    pid,
    note,
    ended,
    cleared,
    get ending() {
      return ending;
    },
    begin: open,
  };
}

/** How a process ended, for people. */
export function describeEnding({ code, signal }: Ending): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}
