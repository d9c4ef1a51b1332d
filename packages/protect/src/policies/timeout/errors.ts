import { SeaworthyError } from '../../kernel/errors.ts';

/** The time limit of a `timeout` policy passed. Code `TIMEOUT`. */
export class TimeoutError extends SeaworthyError {
  /** The limit, in milliseconds. */
  readonly afterMs: number;

  constructor(pipeline: string, afterMs: number) {
    super('TIMEOUT', `"${pipeline}" did not end within ${afterMs} ms.`, {
      pipeline,
      policy: 'timeout',
    });
    this.afterMs = afterMs;
  }
}
