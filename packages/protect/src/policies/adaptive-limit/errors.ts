import { SeaworthyError } from '../../kernel/errors.ts';

/** More calls are under way than what was measured lately allows. Code `LIMIT_EXCEEDED`. */
export class LimitExceededError extends SeaworthyError {
  /** Calls that may be under way at the moment. */
  readonly limit: number;
  /** `limit`: no place was free, nor one to wait; `queue-timeout`: the wait was too long; `rejected`: refused early. */
  readonly because: LimitReason;

  constructor(pipeline: string, because: LimitReason, limit: number) {
    super(
      'LIMIT_EXCEEDED',
      `"${pipeline}" may have ${limit} ${limit === 1 ? 'call' : 'calls'} under way at the moment (${explanations[because]}); the call was not made.`,
      { pipeline, policy: 'adaptive-limit' },
    );
    this.limit = limit;
    this.because = because;
  }
}

export type LimitReason = 'limit' | 'queue-timeout' | 'rejected';

const explanations: Readonly<Record<LimitReason, string>> = {
  limit: 'no place is free',
  'queue-timeout': 'the call waited for a place as long as it may',
  rejected: 'more calls come than can be served',
};
