import { discard } from '../kernel/discard.ts';
import type { Answer, HttpStatusError } from './errors.ts';

/** The answers of one call that were failures: all but the one that the caller gets are let go of. */
export class FailedAnswers<Answered extends Answer> {
  #errors: HttpStatusError<Answered>[] = [];
  #over = false;

  /** Keeps an answer; one that comes after the call has ended is let go of at once. */
  add(error: HttpStatusError<Answered>): HttpStatusError<Answered> {
    if (this.#over) discard(error);
    else this.#errors.push(error);
    return error;
  }

  /** The error, if it is one of these. */
  find(error: unknown): HttpStatusError<Answered> | undefined {
    return this.#errors.find((candidate) => candidate === error);
  }

  /** Lets go of all but `kept`; the call has ended. */
  letGo(kept: HttpStatusError<Answered> | undefined): void {
    this.#over = true;
    for (const error of this.#errors) if (error !== kept) discard(error);
    this.#errors = [];
  }
}
