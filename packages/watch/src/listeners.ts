/** A list of functions to call, each of which can be taken off again. */
export class Listeners<Arguments extends readonly unknown[]> {
  readonly #listeners = new Set<{ readonly call: (...args: Arguments) => void }>();

  get size(): number {
    return this.#listeners.size;
  }

  /** Adds a function, also one that is there already; returns the function that takes it off. */
  add(call: (...args: Arguments) => void): () => void {
    const entry = { call };
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  tell(...args: Arguments): void {
    for (const { call } of this.#listeners) call(...args);
  }
}
