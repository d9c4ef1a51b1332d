import { SeaworthyError } from '../../kernel/errors.ts';

/** No place is free, and none to wait either; or the wait for one was too long. Code `BULKHEAD_FULL`. */
export class BulkheadFullError extends SeaworthyError {
  readonly because: 'full' | 'queue-timeout';

  constructor(pipeline: string, because: 'full' | 'queue-timeout', running: number, waiting: number) {
    const why =
      because === 'full' ? `${running} calls run and ${waiting} wait` : 'the call waited as long as it may';
    super('BULKHEAD_FULL', `The bulkhead of "${pipeline}" is full: ${why}.`, {
      pipeline,
      policy: 'bulkhead',
    });
    this.because = because;
  }
}
