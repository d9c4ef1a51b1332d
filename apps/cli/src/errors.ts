/** What an error becomes on the terminal: one clear message, and an exit code. */
import { exitCodes } from '@seaworthy/break/journal';
import { stripVTControlCharacters } from 'node:util';

/** Every code that an error of the command line itself can have. */
export type CliErrorCode = 'USAGE' | 'RUN_MISSING' | 'UNDO_INCOMPLETE';

/** What is wrong with a command, in a sentence that names the thing and the mend. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The exit code of what should never happen: a fault of this program. */
const ownFaultExitCode = 70;

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (!isExpected(error)) return ownFaultExitCode;
  return error.code === 'UNDO_INCOMPLETE' ? exitCodes['undo-failed'] : exitCodes.invalid;
}

/** The lines that tell of an error. */
export function messageOf(error: unknown, debug: boolean): readonly string[] {
  const message = error instanceof Error ? error.message : String(error);
  const trace = debug && error instanceof Error ? [error.stack ?? '', ...causes(error)] : [];
  if (isExpected(error)) return [printable(message), ...trace];
  const hint = debug ? [] : ['This is a fault of seaworthy itself; --debug shows where it came from.'];
  return [`Unexpected error: ${printable(message)}`, ...hint, ...trace];
}

/** The errors that the toolkit and the system raise about their input have a code; a bug has none. */
function isExpected(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function causes({ cause }: Error): readonly string[] {
  if (!(cause instanceof Error)) return [];
  return [`Caused by ${cause.stack ?? cause.message}`, ...causes(cause)];
}

/** The message in its lines, without what could steer a terminal: it may quote a file or a service. */
function printable(message: string): string {
  return message
    .split('\n')
    .map((line) => stripVTControlCharacters(line).replace(/\p{Cc}+/gu, ' '))
    .join('\n');
}
