import type { Store } from '@seaworthy/protect/store';

/** A store that takes every write and keeps nothing. */
export function forgetfulStore(now: () => number): Store {
  let last = 0;
  const store: Store = {
    name: 'forgetful',
    read: async () => undefined,
    write: async () => ({ written: true, version: ++last }),
    // Whoever names a version got it from here, and may take it along.
    remove: async (_key, version) => version !== undefined,
    scan: async () => [],
    next: async () => ++last,
    now: async () => now(),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  return Object.freeze(store);
}
