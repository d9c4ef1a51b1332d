/** What a call hands down to the calls made within it. */
export interface Ambient {
  /** When the work must be done, on the runtime's clock; `Infinity` when there is no limit. */
  readonly deadline: number;
  /** How often an enclosing pipeline has already begun this work; above 1 the caller is retrying already. */
  readonly attempt: number;
  /** How important the work is, for load shedding. */
  readonly criticality?: string | undefined;
}

/** Carries an {@link Ambient} through asynchronous code. */
export interface AmbientStorage {
  /** What the enclosing call handed down, if anything. */
  get(): Ambient | undefined;
  /** Runs `work` with `ambient` as what `get` returns within it, also after it awaited. */
  run<T>(ambient: Ambient, work: () => T): T;
}

/**
 * The platform's AsyncLocalStorage where there is one (Node, Deno, Bun). Elsewhere nothing is ambient, and a call
 * names its enclosing attempt by the option `within`.
 */
export function createAmbientStorage(): AmbientStorage {
  const Storage = (globalThis as Platform).process?.getBuiltinModule?.('node:async_hooks')?.AsyncLocalStorage;
  if (Storage === undefined) return { get: () => undefined, run: (_ambient, work) => work() };
  const storage = new Storage();
  // Until something was handed down there is nothing to look up.
  let used = false;
  return {
    get: () => (used ? storage.getStore() : undefined),
    run(ambient, work) {
      used = true;
      return storage.run(ambient, work);
    },
  };
}

interface Platform {
  process?: {
    getBuiltinModule?: (name: 'node:async_hooks') => { AsyncLocalStorage: new () => Storage } | undefined;
  };
}

interface Storage {
  getStore(): Ambient | undefined;
  run<T>(ambient: Ambient, work: () => T): T;
}
