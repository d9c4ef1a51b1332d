import type { DispatchController } from './undici-types.ts';

/**
 * The controller that a caller gets for all attempts of its request: it acts on the one whose answer the caller has, and
 * before there is one an abort ends the call.
 */
export class CallController implements DispatchController {
  readonly #giveUp: (reason: Error) => void;
  #answering: DispatchController | undefined = undefined;
  #paused = false;
  #reason: Error | null = null;

  constructor(giveUp: (reason: Error) => void) {
    this.#giveUp = giveUp;
  }

  /** From now on the caller has the answer that `controller` steers. */
  answeredBy(controller: DispatchController | undefined): void {
    this.#answering = controller;
  }

  pause(): void {
    this.#paused = true;
    this.#answering?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#answering?.resume();
  }

  abort(reason: Error): void {
    if (this.aborted) return;
    this.#reason = reason;
    if (this.#answering === undefined) this.#giveUp(reason);
    else this.#answering.abort(reason);
  }

  get paused(): boolean {
    return this.#paused;
  }

  get aborted(): boolean {
    return this.#reason !== null;
  }

  get reason(): Error | null {
    return this.#reason;
  }

  get rawHeaders(): unknown {
    return this.#answering?.rawHeaders;
  }

  get rawTrailers(): unknown {
    return this.#answering?.rawTrailers;
  }
}
