import type { Random } from '../kernel/random.ts';

/**
 * Numbers from 0 to 1 that are the same for the same seed, on every machine.
 *
 * Source: the mulberry32 generator by T. Ettinger: 32 bits of state, fit for tests and simulations, never for secrets.
 *
 * @param seed - a whole number
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
