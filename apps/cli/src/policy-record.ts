/** What a service tells of its policies, as a record of the run. */
import type { RunRecord } from '@seaworthy/break/journal';
import type { ServiceReport } from '@seaworthy/watch';

/** The record of a message; `undefined` for what is no word of a policy. */
export function policyRecord(service: string, message: ServiceReport): RunRecord | undefined {
  switch (message.kind) {
    case 'event':
      return { at: message.at, kind: 'policy', service, event: message.event };
    case 'calls': {
      const { at, pipeline, succeeded, failed, cancelled, attempts } = message;
      const event = { type: 'calls.counted', pipeline, succeeded, failed, cancelled, attempts };
      return { at, kind: 'policy', service, event };
    }
    case 'dropped': {
      const event = { type: 'events.dropped', pipeline: '', count: message.count };
      return { at: message.at, kind: 'policy', service, event };
    }
    default:
      return undefined;
  }
}
