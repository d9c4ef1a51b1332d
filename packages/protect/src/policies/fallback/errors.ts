import { SeaworthyError } from '../../kernel/errors.ts';

/** A fallback failed too. `cause` is the error that it was to answer. Code `FALLBACK_FAILED`. */
export class FallbackFailedError extends SeaworthyError {
  /** What went wrong in the fallback itself. */
  readonly fallbackError: unknown;

  constructor(pipeline: string, cause: unknown, fallbackError: unknown) {
    super('FALLBACK_FAILED', `The fallback of "${pipeline}" failed too: ${messageOf(fallbackError)}`, {
      pipeline,
      policy: 'fallback',
      cause,
    });
    this.fallbackError = fallbackError;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
