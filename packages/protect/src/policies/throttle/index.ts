export { ThrottledError } from './errors.ts';
export { Throttle, type ThrottleRules } from './state.ts';
export { throttle, type ThrottleOptions } from './throttle.ts';
