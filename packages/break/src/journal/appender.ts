import type { FileHandle } from 'node:fs/promises';
import { type Timers, background, createNativeTimers } from '@seaworthy/protect';
import { JournalError, reasonOf } from './errors.ts';

/** Appends text to a file, in order and in few large writes, whatever the pace of `append`. */
export interface Appender {
  /** Takes text over; never waits and never throws. */
  append(text: string): void;
  /**
   * Writes the rest, makes it durable, and closes the file. Called once.
   *
   * @throws JournalError `JOURNAL_WRITE_FAILED` when some of the text did not reach the file
   */
  close(): Promise<void>;
}

export interface AppenderOptions {
  /** How much may wait, in characters; 64 Mi by default. What comes beyond it is lost, and `close` says so. */
  readonly waitingMax?: number;
  /** How long after a failed write it is tried again, in milliseconds; 250 by default. */
  readonly retryAfterMs?: number;
  readonly timers?: Timers;
}

/** The file as the appender needs it. */
export type AppendableFile = Pick<FileHandle, 'write' | 'sync' | 'close'>;

/**
 * Makes an appender that owns `file`.
 *
 * An experiment may fill the very disk that its journal is on, so a failed write is no reason to give up: the text is
 * kept and tried again until the file is closed.
 */
export function createAppender(
  name: string,
  file: AppendableFile,
  { waitingMax = 64 * 2 ** 20, retryAfterMs = 250, timers = createNativeTimers() }: AppenderOptions = {},
): Appender {
  let waiting: string[] = [];
  let waitingLength = 0;
  /** What a write that stopped halfway left to be written, before all else. */
  let rest: Buffer | undefined;
  let lost = 0;
  let running: Promise<void> | undefined;
  let failure: unknown;
  let closing = false;
  let wake: (() => void) | undefined;

  const writeAll = async (): Promise<void> => {
    while (rest !== undefined || waiting.length > 0) {
      if (rest === undefined) {
        rest = Buffer.from(waiting.join(''));
        waiting = [];
        waitingLength = 0;
      }
      const { bytesWritten } = await file.write(rest, 0, rest.length);
      rest = bytesWritten < rest.length ? rest.subarray(bytesWritten) : undefined;
    }
  };

  const run = async (): Promise<void> => {
    for (;;) {
      try {
        await writeAll();
        failure = undefined;
        return;
      } catch (error) {
        failure = error;
        if (closing) return;
        await new Promise<void>((resolve) => {
          const timer = timers.set(resolve, retryAfterMs, background);
          wake = () => {
            timer.cancel();
            resolve();
          };
        });
        wake = undefined;
      }
    }
  };

  const start = (): Promise<void> => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };

  const trouble = (): JournalError | undefined => {
    if (failure === undefined && lost === 0) return undefined;
    const why = failure === undefined ? 'they came faster than the disk takes them' : reasonOf(failure);
    const what = lost === 0 ? 'The last lines' : `${lost} lines`;
    return new JournalError(
      'JOURNAL_WRITE_FAILED',
      `${what} could not be written to ${name}: ${why}.`,
      failure,
    );
  };

  return {
    append(text) {
      if (waitingLength + text.length > waitingMax) {
        lost++;
        return;
      }
      waiting.push(text);
      waitingLength += text.length;
      void start();
    },
    async close() {
      closing = true;
      wake?.();
      try {
        await running;
        // Once more, for what a run that was ending did not see.
        await start();
        await file.sync().catch((error: unknown) => {
          failure ??= error;
        });
      } finally {
        await file.close();
      }
      const error = trouble();
      if (error !== undefined) throw error;
    },
  };
}
