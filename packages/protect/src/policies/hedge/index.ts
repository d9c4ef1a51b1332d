export { hedge, type HedgeOptions, type MeasuredDelay } from './hedge.ts';
export { type HedgeDelay, Hedger } from './state.ts';
