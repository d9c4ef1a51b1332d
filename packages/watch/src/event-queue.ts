/**
 * A queue of fixed capacity that gives up its oldest item for a new one: when nobody takes the events in time, the
 * newest are worth the most, and a service never waits for its watcher.
 */
export class EventQueue<Item> {
  readonly #capacity: number;
  readonly #items: (Item | undefined)[] = [];
  #head = 0;
  #size = 0;
  #dropped = 0;

  /** Holds at most `capacity` items; the room for them is taken with the first one. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds an item, in place of the oldest when the queue is full. */
  push(item: Item): void {
    if (this.#items.length === 0) this.#items.length = this.#capacity;
    this.#items[(this.#head + this.#size) % this.#capacity] = item;
    if (this.#size < this.#capacity) {
      this.#size += 1;
    } else {
      this.#head = (this.#head + 1) % this.#capacity;
      this.#dropped += 1;
    }
  }

  /** Takes the oldest item, if there is one. */
  take(): Item | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#capacity;
    this.#size -= 1;
    return item;
  }

  /** How many items were given up since this was last asked. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
