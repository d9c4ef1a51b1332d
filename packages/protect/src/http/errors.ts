import { SeaworthyError } from '../kernel/errors.ts';

/** An answer, as far as an error tells of it: a `Response`, or what undici heard. */
export interface Answer {
  readonly status: number;
  readonly headers: unknown;
  readonly body: unknown;
}

/**
 * The other side answered with a status that counts as a failure. Code `HTTP_STATUS`.
 *
 * Policies see it in the place of the answer; the caller gets the answer itself, unless it asked for errors.
 */
export class HttpStatusError<Answered extends Answer = Response> extends SeaworthyError {
  /** The answer; its body is yet to be read. */
  readonly response: Answered;
  readonly status: number;

  constructor(request: string, response: Answered, retryAfterMs: number | undefined) {
    super('HTTP_STATUS', `${request} was answered with status ${response.status}.`, { retryAfterMs });
    this.response = response;
    this.status = response.status;
  }

  /** The answer's body, so that whoever lets go of the error lets go of the answer. */
  get body(): Answered['body'] {
    return this.response.body;
  }
}

/** The body of a request that may have to be sent again is a stream, which can be read once. Code `BODY_NOT_REPEATABLE`. */
export class BodyNotRepeatableError extends SeaworthyError {
  constructor(pipeline: string, request: string) {
    super(
      'BODY_NOT_REPEATABLE',
      `The body of ${request} is a stream, which cannot be sent a second time, and the pipeline "${pipeline}" may repeat the request. Give the body as text, bytes, a Blob or a form; or have it sent once with \`repeat: false\` or \`streamedBody: 'once'\`.`,
      { pipeline },
    );
  }
}
