import { Admission } from '../kernel/layer.ts';

/** More calls than this do not wait for one answer; for them it is as if there were no store. */
export const turnsMax = 50_000;

/** A call's wait for something that others decide: it is let on, refused, or gives up by itself. */
export class Turn {
  readonly admission: Admission;
  /** Whether its call was interrupted. */
  left = false;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  /** @param onLeave - told when the call is interrupted while it waits */
  constructor(onLeave?: () => void) {
    const ready = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.admission = new Admission(ready, () => {
      this.left = true;
      onLeave?.();
    });
  }

  /** Lets the call on, or refuses it where there is an error. */
  end(error?: unknown): void {
    if (error === undefined) this.#resolve();
    else this.#reject(error);
  }
}
