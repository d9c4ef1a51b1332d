import { type CallFaultOptions, faultInCalls } from './parts/fault-in-calls.ts';

export interface CallLatencyOptions extends CallFaultOptions {
  readonly delay: number;
  /** How much more it may be, by chance. */
  readonly jitter: number;
}

/** Makes calls take longer inside the service, where no proxy stands: a driver, a queue, a library. */
export const callLatency = faultInCalls<CallLatencyOptions>({
  name: 'call-latency',
  summary: 'Delays calls inside the service, in the pipelines that hold the injector.',
  options: [
    { name: 'delay', type: 'duration', default: 1_000, least: 1, summary: 'how much longer a call takes' },
    { name: 'jitter', type: 'duration', default: 0, summary: 'up to how much more, by chance' },
  ],
  effect: ({ delay, jitter }) => ({ effect: 'latency', delay, jitter }),
});
