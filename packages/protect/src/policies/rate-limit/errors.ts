import { SeaworthyError } from '../../kernel/errors.ts';

/** More calls came than the rate limit allows, or a shared one could not be asked (`cause` has why). Code `RATE_LIMITED`. */
export class RateLimitedError extends SeaworthyError {
  constructor(pipeline: string, retryAfterMs: number | undefined, cause?: unknown) {
    const again = retryAfterMs === undefined ? '' : ` Try again in ${Math.ceil(retryAfterMs)} ms.`;
    const why = cause === undefined ? 'is used up' : 'cannot be counted, since its store is away';
    super('RATE_LIMITED', `The rate limit of "${pipeline}" ${why}; the call was not made.${again}`, {
      pipeline,
      policy: 'rate-limit',
      retryAfterMs,
      cause,
    });
  }
}
