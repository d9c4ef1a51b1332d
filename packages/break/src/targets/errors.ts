/** Every code that an error of a system under experiment can have. */
export type SystemErrorCode =
  /** The definition cannot be right: a mode, a service or a call that is not there. */
  | 'SYSTEM_INVALID'
  /** The lab needs signals and process groups, which this platform does not have. */
  | 'PLATFORM_UNSUPPORTED'
  /** The services' output or data cannot be written. */
  | 'RUN_FOLDER_UNWRITABLE'
  | 'COMMAND_NOT_FOUND'
  | 'COMMAND_NOT_EXECUTABLE'
  /** The system made no process. */
  | 'SPAWN_FAILED'
  | 'PORT_IN_USE'
  | 'NO_FREE_PORT'
  /** A service ended before it was ready. */
  | 'SERVICE_EXITED'
  /** A service did not answer as it should in time. */
  | 'SERVICE_NOT_READY'
  /** A service was to be started again and had not ended. */
  | 'SERVICE_RUNNING'
  | 'SERVICE_UNKNOWN'
  | 'LINK_UNKNOWN'
  /** The system is being stopped, or was. */
  | 'SYSTEM_STOPPED';

/** What went wrong with a system: the message names the service, what was seen, and the mend. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  readonly code: SystemErrorCode;

  constructor(code: SystemErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
