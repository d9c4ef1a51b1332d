import { type CallFaultOptions, faultInCalls } from './parts/fault-in-calls.ts';

/** Makes calls fail inside the service, where no proxy stands: a driver, a queue, a library. */
export const callError = faultInCalls<CallFaultOptions>({
  name: 'call-error',
  summary: 'Fails calls inside the service, in the pipelines that hold the injector.',
  options: [],
  effect: () => ({ effect: 'error' }),
});
