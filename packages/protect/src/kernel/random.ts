/** Gives numbers from 0 (included) to 1 (excluded), as `Math.random` does. */
export type Random = () => number;

/** The platform's random numbers: fit for jitter, never for secrets. */
export const nativeRandom: Random = () => Math.random();
