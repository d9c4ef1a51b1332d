import { SeaworthyError } from '../../kernel/errors.ts';

/** More calls came than the rate limit allows. Code `RATE_LIMITED`. */
export class RateLimitedError extends SeaworthyError {
  constructor(pipeline: string, retryAfterMs: number | undefined) {
    const again = retryAfterMs === undefined ? '' : ` Try again in ${Math.ceil(retryAfterMs)} ms.`;
    super('RATE_LIMITED', `The rate limit of "${pipeline}" is used up; the call was not made.${again}`, {
      pipeline,
      policy: 'rate-limit',
      retryAfterMs,
    });
  }
}
