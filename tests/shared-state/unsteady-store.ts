import type { Store } from '@seaworthy/protect/store';

/** One process's way to a store that it shares: it can be cut, or hold back what is sent. */
export class UnsteadyStore implements Store {
  readonly name = 'unsteady';
  readonly #store: Store;
  readonly #way: () => Promise<void>;
  /** `held`: what is called waits until {@link release}. */
  state: 'up' | 'cut' | 'held' = 'up';
  /** Calls so far. */
  calls = 0;
  #held: (() => void)[] = [];

  /** @param way - what there and back takes, each */
  constructor(store: Store, way: () => Promise<void> = async () => {}) {
    this.#store = store;
    this.#way = way;
  }

  /** Lets go what was held, late. */
  release(): void {
    this.state = 'up';
    for (const go of this.#held.splice(0)) go();
  }

  read: Store['read'] = (...given) => this.#pass(() => this.#store.read(...given));
  write: Store['write'] = (...given) => this.#pass(() => this.#store.write(...given));
  remove: Store['remove'] = (...given) => this.#pass(() => this.#store.remove(...given));
  scan: Store['scan'] = (...given) => this.#pass(() => this.#store.scan(...given));
  next: Store['next'] = () => this.#pass(() => this.#store.next());
  now: Store['now'] = () => this.#pass(() => this.#store.now());
  close: Store['close'] = async () => {};
  async [Symbol.asyncDispose](): Promise<void> {}

  async #pass<T>(call: () => Promise<T>): Promise<T> {
    this.calls++;
    await this.#way();
    if (this.state === 'cut') throw new Error('connection refused');
    if (this.state === 'held') await new Promise<void>((resolve) => void this.#held.push(resolve));
    const answer = await call();
    await this.#way();
    if ((this.state as string) === 'cut') throw new Error('connection lost');
    return answer;
  }
}
