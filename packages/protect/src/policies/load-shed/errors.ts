import { SeaworthyError } from '../../kernel/errors.ts';

/** The service has more work than it can do in time, and lets this call go. Code `LOAD_SHED`. */
export class LoadShedError extends SeaworthyError {
  /** What is overloaded: `concurrency`, `queue-delay`, `event-loop-delay`, `event-loop-utilization` or `heap`. */
  readonly because: ShedReason;

  constructor(pipeline: string, because: ShedReason, retryAfterMs: number) {
    super('LOAD_SHED', `"${pipeline}" is overloaded (${explanations[because]}); the call was not made.`, {
      pipeline,
      policy: 'load-shed',
      retryAfterMs,
    });
    this.because = because;
  }
}

export type ShedReason =
  | 'concurrency'
  | 'queue-delay'
  | 'event-loop-delay'
  | 'event-loop-utilization'
  | 'heap';

const explanations: Readonly<Record<ShedReason, string>> = {
  concurrency: 'all places are taken, in work and in the queue',
  'queue-delay': 'calls wait too long for a place',
  'event-loop-delay': 'the event loop is late',
  'event-loop-utilization': 'the event loop is busy all the time',
  heap: 'the heap is nearly full',
};
