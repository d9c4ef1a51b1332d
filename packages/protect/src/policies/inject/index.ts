export { InjectedError } from './errors.ts';
export type { InjectedFault } from './fault.ts';
export { inject } from './inject.ts';
export { type FaultCounts, Injector, injector } from './state.ts';
