import { type Place, type Source, position, printable } from './source/source.ts';

/** One mistake in a file. */
export interface FileProblem {
  /** From 1; `undefined` where the file could not be read, or the experiment was written in code. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** The keys that lead there, such as `method[0].for`. */
  readonly path: string;
  readonly message: string;
}

/** How much of a long line is shown around the mistake, and how many further mistakes are listed. */
const shownWidth = 110;
const listedMax = 10;

/**
 * An experiment, system or Game Day file that cannot be right. Its message is whole: place, mistake, mend, the line
 * itself with a caret, and where the other mistakes stand.
 */
export class ExperimentFileError extends Error {
  readonly code = 'FILE_INVALID';
  /** The file that has to be mended, as an absolute path. */
  readonly file: string;
  /** From 1; `undefined` where the file could not be read at all, or the experiment was written in code. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** Every mistake that was found, the first first. */
  readonly problems: readonly FileProblem[];

  constructor(message: string, file: string, problems: readonly FileProblem[], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ExperimentFileError';
    this.file = file;
    this.line = problems[0]?.line;
    this.column = problems[0]?.column;
    this.problems = problems;
  }
}

/** One error for all the mistakes of a source, in the order in which they stand there. */
export function fileError(
  source: Source,
  mistakes: readonly { readonly place: Place; readonly message: string }[],
): ExperimentFileError {
  const sorted = mistakes
    .map((mistake, index) => ({ ...mistake, index, ...located(source, mistake.place) }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0) || a.index - b.index);
  const [first, ...others] = sorted;
  const lines = [
    first === undefined ? source.shown : `${where(source, first)}: ${first.message}`,
    ...(first === undefined ? [] : excerpt(source, first.place)),
    ...further(source, others),
  ];
  const problems = sorted.map(({ line, column, path, message }) => ({ line, column, path, message }));
  return new ExperimentFileError(lines.join('\n'), source.file, problems);
}

/** The error of a file that cannot be read at all. */
export function unreadable(source: Source, message: string, cause?: unknown): ExperimentFileError {
  const problem = { line: undefined, column: undefined, path: '', message };
  return new ExperimentFileError(`${source.shown}: ${message}`, source.file, [problem], cause);
}

function located(
  source: Source,
  place: Place,
): { readonly line: number | undefined; readonly column: number | undefined; readonly path: string } {
  if (place.offset === undefined) return { line: undefined, column: undefined, path: place.path };
  const { line, column } = position(source.text, place.offset);
  return { line, column, path: place.path };
}

function where(source: Source, problem: Omit<FileProblem, 'message'>): string {
  if (problem.line !== undefined) return `${source.shown}:${problem.line}:${problem.column}`;
  return problem.path === '' ? source.shown : `${source.shown}: at ${problem.path}`;
}

/** The line of the file, with carets below what is wrong. */
function excerpt(source: Source, place: Place): string[] {
  if (place.offset === undefined || source.text.trim() === '') return [];
  const { line, column, start, end } = position(source.text, place.offset);
  const from = Math.max(0, Math.min(column - 1 - shownWidth / 2, end - start - shownWidth));
  const until = Math.min(end - start, from + shownWidth);
  const lead = from > 0 ? '...' : '';
  const shown = printable(source.text.slice(start + from, start + until));
  const number = String(line);
  const before = printable(source.text.slice(start + from, start + column - 1)).replaceAll(/[^\t]/g, ' ');
  const carets = Math.max(1, Math.min(place.length, until - (column - 1)));
  return [
    '',
    `  ${number} | ${lead}${shown}${until < end - start ? '...' : ''}`,
    `  ${' '.repeat(number.length)} | ${' '.repeat(lead.length)}${before}${'^'.repeat(carets)}`,
  ];
}

function further(source: Source, others: readonly FileProblem[]): string[] {
  if (others.length === 0) return [];
  const rest = others.length - listedMax;
  return [
    '',
    `And ${others.length} more:`,
    ...others.slice(0, listedMax).map((other) => `  ${where(source, other)}: ${other.message}`),
    ...(rest > 0 ? [`  and ${rest} further`] : []),
  ];
}
