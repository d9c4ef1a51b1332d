/** Every code that an error before a run can have. */
export type RunErrorCode = 'FAULT_UNKNOWN' | 'FAULT_TARGET_WRONG' | 'LOAD_MISSING' | 'NETWORK_MISSING';

/** An experiment that cannot be run as it is; raised before anything is done. */
export class RunError extends Error {
  override readonly name = 'RunError';
  readonly code: RunErrorCode;

  constructor(code: RunErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
