/** Every code that an error of this package can have. */
export type WatchErrorCode = 'WATCH_OPTIONS_INVALID' | 'WATCH_PORT_UNAVAILABLE';

/** What went wrong where the watch is set up; once it runs it fails no one. */
export class WatchError extends Error {
  readonly code: WatchErrorCode;

  constructor(code: WatchErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'WatchError';
    this.code = code;
  }
}
