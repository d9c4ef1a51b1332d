/**
 * Counts how calls end, by pipeline. Calls end thousands of times a second, and one line each would cost the service
 * more than the calls; what is asked of them later is how many, and how often their work was begun.
 */
import type { PolicyEvent } from '@seaworthy/protect';
import type { CallCounts } from './wire.ts';

/** Counts since the last `take`. */
export interface CallCounter {
  /** Counts an event that ends a call; false for any other. */
  add(event: PolicyEvent): boolean;
  /** Whether nothing was counted. */
  readonly empty: boolean;
  /** The counts by pipeline, which start anew. */
  take(): { readonly pipeline: string; readonly counts: CallCounts }[];
}

/** What pipelines beyond the bound are counted under. */
export const otherPipelines = '(others)';

const outcomes = {
  'call.succeeded': 'succeeded',
  'call.failed': 'failed',
  'call.cancelled': 'cancelled',
} as const;

/** Makes a counter for at most `pipelinesMax` pipelines at a time; the calls of more are counted together. */
export function createCallCounter(pipelinesMax = 1000): CallCounter {
  type Counts = { -readonly [Name in keyof CallCounts]: CallCounts[Name] };
  let byPipeline = new Map<string, Counts>();

  const countsOf = (pipeline: string): Counts => {
    const name = byPipeline.has(pipeline) || byPipeline.size < pipelinesMax ? pipeline : otherPipelines;
    let counts = byPipeline.get(name);
    if (!counts) {
      counts = { succeeded: 0, failed: 0, cancelled: 0, attempts: 0 };
      byPipeline.set(name, counts);
    }
    return counts;
  };

  return {
    add(event) {
      if (
        event.type !== 'call.succeeded' &&
        event.type !== 'call.failed' &&
        event.type !== 'call.cancelled'
      ) {
        return false;
      }
      const counts = countsOf(event.pipeline);
      counts[outcomes[event.type]] += 1;
      counts.attempts += event.attempts;
      return true;
    },
    get empty() {
      return byPipeline.size === 0;
    },
    take() {
      const taken = [...byPipeline].map(([pipeline, counts]) => ({ pipeline, counts }));
      byPipeline = new Map();
      return taken;
    },
  };
}
