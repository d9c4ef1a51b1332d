import { Admission } from '../kernel/layer.ts';

/** More calls than this do not wait for one answer; for them it is as if there were no store. */
export const turnsMax = 50_000;

/** A call's wait for something that others decide: it is let on, refused, or gives up by itself. */
export class Turn extends Admission {
  /** Whether its call was interrupted. */
  left = false;
  readonly #letOn: () => void;
  readonly #refuse: (error: unknown) => void;

  constructor() {
    let letOn!: () => void;
    let refuse!: (error: unknown) => void;
    // Not `Promise.withResolvers`, which takes about twice as long.
    const ready = new Promise<void>((resolve, reject) => {
      letOn = resolve;
      refuse = reject;
    });
    super(ready, () => {
      this.left = true;
    });
    this.#letOn = letOn;
    this.#refuse = refuse;
  }

  /** Lets the call on, or refuses it where there is an error. */
  end(error?: unknown): void {
    if (error === undefined) this.#letOn();
    else this.#refuse(error);
  }
}
