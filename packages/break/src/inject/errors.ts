/** Every code that an error of a fault inside a process can have. */
export type InsideFaultErrorCode =
  /** The service has no connection to the lab. */
  | 'SERVICE_NOT_CONNECTED'
  /** The connection ended before the fault had begun. */
  | 'SERVICE_DISCONNECTED'
  /** The service did not answer in time. */
  | 'SERVICE_SILENT'
  /** The service said no; the message has its reason. */
  | 'FAULT_REFUSED';

/** A fault inside a process that did not begin or end as it should. */
export class InsideFaultError extends Error {
  readonly code: InsideFaultErrorCode;

  constructor(code: InsideFaultErrorCode, message: string) {
    super(message);
    this.name = 'InsideFaultError';
    this.code = code;
  }
}
