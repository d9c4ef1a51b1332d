/** How much work the policies made of the calls they were given: attempts against calls, phase by phase. */

import type { Phase } from '@seaworthy/break/journal';
import { type ExperimentTrace, type TimedPolicyEvent, within } from './run.ts';

/** Calls of a pipeline and the attempts made for them. */
export interface CallTotals {
  readonly calls: number;
  readonly failed: number;
  readonly attempts: number;
}

/** One pipeline's calls before, while and after the faults were on. */
export interface Amplification {
  readonly service: string;
  readonly pipeline: string;
  readonly before: CallTotals;
  readonly fault: CallTotals;
  readonly after: CallTotals;
}

const none: CallTotals = { calls: 0, failed: 0, attempts: 0 };

/** Every pipeline whose calls were counted in the experiment, by service and name. */
export function amplification(trace: ExperimentTrace): Amplification[] {
  const pipelines = new Map<string, Amplification>();
  for (const timed of trace.policyEvents) {
    if (timed.event.type !== 'calls.counted') continue;
    const phase = phaseAt(trace, timed.at);
    if (phase === undefined) continue;
    const key = JSON.stringify([timed.service, timed.event.pipeline]);
    const known = pipelines.get(key) ?? {
      service: timed.service,
      pipeline: timed.event.pipeline,
      before: none,
      fault: none,
      after: none,
    };
    pipelines.set(key, { ...known, [phase]: sum(known[phase], totals(timed)) });
  }
  return [...pipelines.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, entry]) => entry);
}

/** Attempts for one call: 1 where nothing is repeated, less where calls are refused; undefined without calls. */
export function attemptsPerCall({ calls, attempts }: CallTotals): number | undefined {
  return calls > 0 ? attempts / calls : undefined;
}

/** The sum of all counts among some events. */
export function countCalls(events: readonly TimedPolicyEvent[]): CallTotals {
  return events
    .filter(({ event }) => event.type === 'calls.counted')
    .map(totals)
    .reduce(sum, none);
}

function phaseAt(trace: ExperimentTrace, at: number): Exclude<Phase, 'done'> | undefined {
  const phase = trace.phases.findLast((span) => within(at, span))?.phase;
  return phase === 'done' ? undefined : phase;
}

function totals({ event }: TimedPolicyEvent): CallTotals {
  const failed = count(event['failed']);
  return {
    calls: count(event['succeeded']) + failed + count(event['cancelled']),
    failed,
    attempts: count(event['attempts']),
  };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

function sum(one: CallTotals, other: CallTotals): CallTotals {
  return {
    calls: one.calls + other.calls,
    failed: one.failed + other.failed,
    attempts: one.attempts + other.attempts,
  };
}
