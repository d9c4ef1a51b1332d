export { FallbackFailedError } from './errors.ts';
export { fallback, type FallbackOptions } from './fallback.ts';
