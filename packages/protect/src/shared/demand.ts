/** How many calls come: quick to follow a rise, slow to forget it. */
export class Demand {
  readonly #memoryMs: number;
  readonly #spanMs: number;
  #callsPerMs = 0;
  /** Calls since the start of the span under way, and since the last reading. */
  #calls = 0;
  #since: number;
  #unread = 0;

  /** @param memoryMs - the time in which half of what was is forgotten */
  constructor(memoryMs: number, now: number) {
    this.#memoryMs = memoryMs;
    // Over a shorter time chance says more than demand.
    this.#spanMs = memoryMs / 2;
    this.#since = now;
  }

  /** Calls since the last reading. */
  get unread(): number {
    return this.#unread;
  }

  /** Calls a millisecond, as of the last reading. */
  get callsPerMs(): number {
    return this.#callsPerMs;
  }

  add(): void {
    this.#calls++;
    this.#unread++;
  }

  /** Reads the rate at time `now`. */
  read(now: number): void {
    this.#unread = 0;
    const elapsedMs = now - this.#since;
    if (elapsedMs < this.#spanMs) {
      this.#callsPerMs = Math.max(this.#calls / this.#memoryMs, this.#callsPerMs);
      return;
    }
    const seen = this.#calls / elapsedMs;
    const remembered = seen + (this.#callsPerMs - seen) * 0.5 ** (elapsedMs / this.#memoryMs);
    this.#callsPerMs = Math.max(seen, remembered);
    this.#calls = 0;
    this.#since = now;
  }
}
