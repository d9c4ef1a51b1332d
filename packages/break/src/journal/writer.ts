import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createAppender } from './appender.ts';
import { isSystemError, JournalError, reasonOf } from './errors.ts';
import type { RunRecord } from './record.ts';

/** The journal's name within the folder of its run. */
export const journalFile = 'journal.jsonl';

/** Hears every record, as it is written. */
export type RecordListener = (record: RunRecord) => void;

/** The journal of a run that goes on. */
export interface Journal {
  /** The file that it is written to. */
  readonly file: string;
  /**
   * Writes a record and tells the listeners. Returns at once: the line reaches the file, in order, with those written
   * in the same moment.
   *
   * @throws JournalError `JOURNAL_ORDER` when the first record is not `run.started`; `JOURNAL_CLOSED` after `close`
   */
  write(record: RunRecord): void;
  /** Calls `listener` for every record from now on; returns the function that ends it. */
  subscribe(listener: RecordListener): () => void;
  /**
   * Writes the rest and closes the file. May be called more than once.
   *
   * @throws JournalError `JOURNAL_WRITE_FAILED` when records could not be written
   */
  close(): Promise<void>;
}

/**
 * Opens the journal of a new run in its folder.
 *
 * @throws JournalError `JOURNAL_EXISTS` when the folder has one already, `JOURNAL_WRITE_FAILED` when none can be made
 * @example
 * const journal = await openJournal(folder);
 * journal.subscribe((record) => show(record));
 * journal.write({ at: Date.now(), kind: 'note', by: 'facilitator', text: 'We begin.' });
 * await journal.close();
 */
export async function openJournal(folder: string): Promise<Journal> {
  const file = join(folder, journalFile);
  const handle = await open(file, 'ax').catch((error: unknown) => {
    throw isSystemError(error, 'EEXIST')
      ? new JournalError(
          'JOURNAL_EXISTS',
          `${file} is there already; each run needs a folder of its own.`,
          error,
        )
      : new JournalError('JOURNAL_WRITE_FAILED', `Cannot make ${file}: ${reasonOf(error)}.`, error);
  });
  const appender = createAppender(file, handle);
  const listeners = createListeners();
  let begun = false;
  let closing: Promise<void> | undefined;

  return Object.freeze<Journal>({
    file,
    write(record) {
      if (closing !== undefined) {
        throw new JournalError(
          'JOURNAL_CLOSED',
          `${file} is closed; the record \`${record.kind}\` came too late.`,
        );
      }
      if (!begun && record.kind !== 'run.started') {
        throw new JournalError(
          'JOURNAL_ORDER',
          `The first record of ${file} must be \`run.started\`, got \`${record.kind}\`.`,
        );
      }
      begun = true;
      appender.append(`${JSON.stringify(record)}\n`);
      listeners.tell(record);
    },
    subscribe: (listener) => listeners.add(listener),
    close() {
      closing ??= appender.close();
      return closing;
    },
  });
}

/** A listener is a view; its fault is reported once and never reaches the run. */
function createListeners() {
  let listeners: readonly RecordListener[] = [];
  const broken = new WeakSet<RecordListener>();
  return {
    add(listener: RecordListener): () => void {
      // Wrapped, so that a listener which is added twice is told twice and ends twice.
      const entry: RecordListener = (record) => listener(record);
      listeners = [...listeners, entry];
      return () => {
        listeners = listeners.filter((other) => other !== entry);
      };
    },
    tell(record: RunRecord): void {
      for (const listener of listeners) {
        try {
          listener(record);
        } catch (error) {
          if (broken.has(listener)) continue;
          broken.add(listener);
          console.error(
            'seaworthy: a listener of the journal threw; its further errors are not shown.',
            error,
          );
        }
      }
    },
  };
}
