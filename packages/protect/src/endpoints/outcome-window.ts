/**
 * How many calls there were and how many failed, over the last one to two spans of time: the span under way and the one
 * before it. Two pairs of numbers, so that a call costs next to nothing; what is past is dropped when it is next looked at.
 */
export class OutcomeWindow {
  readonly #spanMs: number;
  #span = 0;
  #calls = 0;
  #failures = 0;
  #callsBefore = 0;
  #failuresBefore = 0;

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  get calls(): number {
    return this.#calls + this.#callsBefore;
  }

  get failures(): number {
    return this.#failures + this.#failuresBefore;
  }

  /** Counts a call. */
  add(failed: boolean, now: number): void {
    this.forget(now);
    this.#calls++;
    if (failed) this.#failures++;
  }

  /** Drops what is past. */
  forget(now: number): void {
    const span = Math.floor(now / this.#spanMs);
    // A clock that ran backwards would count into a span that is over; that is harmless.
    if (span <= this.#span) return;
    const next = span === this.#span + 1;
    this.#callsBefore = next ? this.#calls : 0;
    this.#failuresBefore = next ? this.#failures : 0;
    this.#calls = this.#failures = 0;
    this.#span = span;
  }

  /** Takes the counts of another window of the same span out of this one, and clears them there. */
  moveOut(part: OutcomeWindow, now: number): void {
    this.forget(now);
    part.forget(now);
    this.#calls -= part.#calls;
    this.#failures -= part.#failures;
    this.#callsBefore -= part.#callsBefore;
    this.#failuresBefore -= part.#failuresBefore;
    part.#calls = part.#failures = part.#callsBefore = part.#failuresBefore = 0;
  }
}
