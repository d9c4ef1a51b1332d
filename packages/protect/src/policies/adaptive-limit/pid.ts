/** A controller by what is wrong now (P), what was wrong so far (I), and how fast that changes (D). */
export class Pid {
  readonly #kp: number;
  readonly #ki: number;
  readonly #kd: number;
  readonly #most: number;
  #integral = 0;
  #before = 0;

  /**
   * @param kp - the weight of the error
   * @param ki - the weight of its sum, a second
   * @param kd - the weight of its change, in seconds
   * @param most - the highest output; the lowest is 0
   */
  constructor(kp: number, ki: number, kd: number, most: number) {
    this.#kp = kp;
    this.#ki = ki;
    this.#kd = kd;
    this.#most = most;
  }

  /** The output after another `seconds` with this error. */
  step(error: number, seconds: number): number {
    // The sum stops at the bounds of the output: what was piled up beyond them would have to be undone first.
    this.#integral = Math.min(this.#most, Math.max(0, this.#integral + this.#ki * error * seconds));
    const change = (error - this.#before) / seconds;
    this.#before = error;
    return Math.min(this.#most, Math.max(0, this.#kp * error + this.#integral + this.#kd * change));
  }

  /** Forgets everything; returns the output. */
  reset(): number {
    this.#integral = this.#before = 0;
    return 0;
  }
}
