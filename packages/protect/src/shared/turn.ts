import { Admission } from '../kernel/layer.ts';

/** More calls than this do not wait for one answer; for them it is as if there were no store. */
export const turnsMax = 50_000;

/** A call's wait for something that others decide: it is let on, refused, or gives up by itself. */
export class Turn extends Admission {
  /** Whether its call was interrupted. */
  left = false;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    super(promise, () => {
      this.left = true;
    });
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Lets the call on, or refuses it where there is an error. */
  end(error?: unknown): void {
    if (error === undefined) this.#resolve();
    else this.#reject(error);
  }
}
