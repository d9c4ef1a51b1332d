/** Checks of options, made when a policy is described, so that nothing wrong ever runs. */
import { OptionsError } from './errors.ts';

/** @throws OptionsError when `value` is no whole number from `least` to `most` */
export function wholeNumber(
  name: string,
  value: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new OptionsError(name, value, `a whole number ${range}`);
  }
  return value;
}

/** @throws OptionsError when `value` is no finite number above or equal to `least` */
export function numberFrom(name: string, value: number, least: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least) {
    throw new OptionsError(name, value, `a number of at least ${least}`);
  }
  return value;
}

/** @throws OptionsError when `value` is no fraction above 0 and up to 1 */
export function fraction(name: string, value: number): number {
  if (typeof value !== 'number' || !(value > 0 && value <= 1)) {
    throw new OptionsError(name, value, 'a fraction above 0 and up to 1');
  }
  return value;
}

/** @throws OptionsError when `value` is none of `choices` */
export function oneOf<Choice extends string>(
  name: string,
  value: Choice,
  choices: readonly Choice[],
): Choice {
  if (!choices.includes(value)) {
    throw new OptionsError(name, value, `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`);
  }
  return value;
}

/** @throws OptionsError when `options` is no object, or has a key that is not in `known` */
export function knownKeys(policy: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionsError(`${policy} options`, options, 'an object');
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      throw new OptionsError(`${policy} options`, key, `keys among ${known.join(', ')}`);
  }
}
