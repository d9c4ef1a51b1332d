/**
 * A map that never holds more than its capacity: the entry unused for longest leaves first. Every read or write is O(1).
 */
export class BoundedMap<Key, Value> {
  readonly #capacity: number;
  readonly #onEvict: ((key: Key, value: Value) => void) | undefined;
  // A Map keeps the order of insertion; what is used is put back at its end.
  readonly #entries = new Map<Key, Value>();

  constructor(capacity: number, onEvict?: (key: Key, value: Value) => void) {
    this.#capacity = capacity;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value, which counts as used. */
  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined || this.#entries.size === 1) return value;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** The value, without counting as used. */
  peek(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#capacity) return;
    const [oldestKey, oldest] = this.#entries.entries().next().value!;
    this.#entries.delete(oldestKey);
    this.#onEvict?.(oldestKey, oldest);
  }

  delete(key: Key): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** From the entry unused for longest to the one used last. */
  entries(): IterableIterator<[Key, Value]> {
    return this.#entries.entries();
  }
}
