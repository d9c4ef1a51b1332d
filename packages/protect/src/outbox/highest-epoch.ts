import type { Store } from '../kernel/store.ts';

/** Takes note of `epoch` under `key`, and gives the highest one that anybody took note of. */
export async function highestEpoch(
  store: Store,
  key: string,
  epoch: number,
  keepMs: number,
): Promise<number> {
  for (let current = await store.read(key); ; ) {
    // A call that shows nothing new only reads; but what is half forgotten is written again.
    if (current !== undefined) {
      const highest = Number(current.value);
      if (highest > epoch || (highest === epoch && current.ageMs < keepMs / 2)) return highest;
    }
    const expect = current?.version ?? 'absent';
    const result = await store.write(key, String(epoch), { expect, ttlMs: keepMs });
    if (result.written) return epoch;
    current = result.current;
  }
}
