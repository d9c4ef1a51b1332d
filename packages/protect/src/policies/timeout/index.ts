export { TimeoutError } from './errors.ts';
export { timeout } from './timeout.ts';
