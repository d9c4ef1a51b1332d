/** Every code that an error of a fault can have. */
export type FaultErrorCode =
  /** The fault cannot be on this target or this machine; nothing was done. */
  | 'FAULT_IMPOSSIBLE'
  /** The deed was tried and did not work; what was done of it was undone. */
  | 'FAULT_FAILED'
  /** An option is wrong. */
  | 'FAULT_OPTION_INVALID'
  /** The undo did not work; the ledger still has it. */
  | 'UNDO_FAILED';

/** A fault that could not be begun or ended, with a message that names the thing and the mend. */
export class FaultError extends Error {
  readonly code: FaultErrorCode;

  constructor(code: FaultErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'FaultError';
    this.code = code;
  }
}
