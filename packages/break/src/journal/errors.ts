/** Every code that an error of the journal or of the ledger can have. */
export type JournalErrorCode =
  | 'RUN_FOLDER_UNWRITABLE'
  | 'JOURNAL_MISSING'
  | 'JOURNAL_EXISTS'
  | 'JOURNAL_DAMAGED'
  | 'JOURNAL_VERSION'
  | 'JOURNAL_ORDER'
  | 'JOURNAL_CLOSED'
  | 'JOURNAL_WRITE_FAILED'
  | 'LEDGER_UNWRITABLE'
  | 'LEDGER_MISSING'
  | 'LEDGER_CLOSED'
  | 'RUNNER_ALIVE'
  | 'PROCESS_GONE'
  | 'WATCHDOG_LOST';

/** What went wrong with a run's folder, journal or ledger: the message names the file, the trouble and the mend. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** What the system said of a failed call, short enough for the middle of a sentence. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const known = typeof code === 'string' ? reasons[code] : undefined;
  if (known !== undefined) return known;
  return typeof message === 'string' ? message : String(error);
}

/** Whether the system refused a call with this code, such as `ENOENT`. */
export function isSystemError(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'something of that name is there already',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open',
};
