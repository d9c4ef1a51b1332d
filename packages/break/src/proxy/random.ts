import { nativeRandom, type Random } from '@seaworthy/protect';

/**
 * A generator that gives the same numbers for the same seed and path, whatever else runs at the same time. Each
 * toxic on each connection has a path of its own, so that traffic elsewhere never shifts its numbers.
 *
 * @example const random = seededRandom(42, 'redis', 7, 'upstream', 'latency_upstream');
 */
export function seededRandom(seed: number, ...path: readonly (string | number)[]): Random {
  let state = hash(`${seed}\n${path.join('\n')}`);
  // Mulberry32: 32 bits of state, passes the usual tests, far more than jitter and dice need.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed for whoever gave none; shown to people, so that the run can be repeated. */
export function newSeed(random: Random = nativeRandom): number {
  return Math.floor(random() * 2 ** 32);
}

/** FNV-1a with a final mix, so that paths that differ in their last letter start far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) | 0;
}
