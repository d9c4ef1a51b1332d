import type { Random } from '@seaworthy/protect';

/** Chooses at random, each as often as its weight is of all weights together, which is above 0. */
export function weightedChoice<T extends { readonly weight: number }>(
  items: readonly T[],
  random: Random,
): () => T {
  let sum = 0;
  const upTo = items.map((item) => (sum += item.weight));
  return () => {
    const point = random() * sum;
    const index = upTo.findIndex((limit) => point < limit);
    return items[index === -1 ? items.length - 1 : index] as T;
  };
}
