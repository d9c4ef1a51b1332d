import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { isSystemError, JournalError, reasonOf } from './errors.ts';
import { journalVersion, type RunRecord } from './record.ts';
import { journalFile } from './writer.ts';

/**
 * Reads a run's journal, record by record, without holding it in memory. The last line may be cut off, as a crash
 * leaves it; it is then left out. Anything else that is wrong is an error that names the line.
 *
 * @param folder - the run's folder
 * @throws JournalError `JOURNAL_MISSING`, `JOURNAL_DAMAGED`, or `JOURNAL_VERSION` when a newer version wrote it
 * @example
 * for await (const record of readJournal(folder)) if (record.kind === 'note') console.log(record.text);
 */
export async function* readJournal(folder: string): AsyncGenerator<RunRecord, void, undefined> {
  const file = join(folder, journalFile);
  let number = 0;
  for await (const line of linesOf(file)) {
    number++;
    const record = parseRecord(line.text);
    if (typeof record !== 'string') {
      checkOrder(file, number, record);
      yield record;
    } else if (line.whole) {
      throw new JournalError('JOURNAL_DAMAGED', `Line ${number} of ${file} is damaged: ${record}.`);
    }
  }
}

interface Line {
  readonly text: string;
  /** Whether its end was there, too. */
  readonly whole: boolean;
}

/** No record comes near this; a longer line is no journal, and must not fill the memory. */
const lineLengthMax = 16 * 2 ** 20;

/**
 * The file's lines, cut at `\n` alone: `node:readline` would also cut at U+2028, which JSON leaves as it is within
 * texts.
 */
async function* linesOf(file: string): AsyncGenerator<Line, void, undefined> {
  let carried = '';
  try {
    for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 256 * 1024 })) {
      const lines = (carried + String(chunk)).split('\n');
      carried = lines.pop() ?? '';
      for (const text of lines) yield { text, whole: true };
      if (carried.length > lineLengthMax) break;
    }
  } catch (error) {
    throw isSystemError(error, 'ENOENT')
      ? new JournalError(
          'JOURNAL_MISSING',
          `There is no journal at ${file}; name the folder of a run.`,
          error,
        )
      : new JournalError('JOURNAL_MISSING', `Cannot read ${file}: ${reasonOf(error)}.`, error);
  }
  if (carried !== '') yield { text: carried, whole: carried.length > lineLengthMax };
}

/** The record, or what is wrong with the line. */
function parseRecord(text: string): RunRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `it is no JSON (${excerpt(text)})`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `it is no object (${excerpt(text)})`;
  }
  const { at, kind } = value as { readonly at?: unknown; readonly kind?: unknown };
  if (typeof at !== 'number') return `\`at\` is no number (${excerpt(text)})`;
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) {
    return `\`kind\` is none of the journal's (${excerpt(text)})`;
  }
  return value as RunRecord;
}

/** The first record carries the version, so nothing may stand before it. */
function checkOrder(file: string, number: number, record: RunRecord): void {
  if (record.kind === 'run.started') {
    if (record.version === journalVersion) return;
    if (typeof record.version === 'number' && record.version > journalVersion) {
      throw new JournalError(
        'JOURNAL_VERSION',
        `${file} has version ${record.version}, and this program reads version ${journalVersion}. Update seaworthy.`,
      );
    }
    throw new JournalError(
      'JOURNAL_DAMAGED',
      `Line ${number} of ${file} is damaged: \`version\` is ${excerpt(JSON.stringify(record.version) ?? 'missing')}.`,
    );
  }
  if (number > 1) return;
  throw new JournalError(
    'JOURNAL_DAMAGED',
    `Line 1 of ${file} is damaged: a journal begins with \`run.started\`, not with \`${record.kind}\`.`,
  );
}

function excerpt(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return shown === '' ? 'an empty line' : shown;
}

/** Every kind of record; the compiler keeps the list whole. */
const kinds: Readonly<Record<RunRecord['kind'], true>> = {
  'run.started': true,
  'run.ended': true,
  service: true,
  'experiment.started': true,
  phase: true,
  probe: true,
  load: true,
  'fault.injecting': true,
  'fault.injected': true,
  'fault.undoing': true,
  'fault.observed': true,
  'fault.undone': true,
  policy: true,
  aborted: true,
  note: true,
  finding: true,
  expectation: true,
  'experiment.ended': true,
};
