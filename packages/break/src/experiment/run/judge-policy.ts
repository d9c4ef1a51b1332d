import type { Claim } from '../model.ts';
import { showMs } from '../../probes/show.ts';
import type { Judgement } from './ports.ts';
import { showCount } from './show.ts';
import { type FaultTrace, faultsBeganAt, faultsEndedAt, type Trace } from './trace.ts';

type PolicyClaim = Extract<Claim, { kind: 'policy' }>;
type PolicyRecord = Trace['policies'][number];

/** Judges a claim about what a policy says: at least once, within a time, or never. */
export function judgePolicy(claim: PolicyClaim, trace: Trace): Judgement {
  const start = startOf(claim, trace);
  if (start === undefined)
    return { held: false, seen: `no fault ${claim.since === 'fault-began' ? 'began' : 'ended'}` };
  const spoken = trace.policies.filter((record) => isAbout(claim, record));
  const events = spoken.filter(({ at, event }) => event.type === claim.eventType && at >= start.at);
  const first = events[0];

  if (claim.occurs === 'never') {
    return first === undefined
      ? { held: true, seen: 'it did not happen' }
      : { held: false, seen: tell(events, first, start) };
  }
  if (first !== undefined) {
    const seen = tell(events, first, start);
    const { withinMs = Number.POSITIVE_INFINITY } = claim;
    if (first.at - start.at <= withinMs) return { held: true, seen };
    return { held: false, seen: `${seen}: later than ${showMs(withinMs)}` };
  }
  return (
    closedBefore(claim, spoken, start, trace) ?? {
      held: false,
      seen: `not seen: ${whatElse(claim, spoken, trace)}`,
    }
  );
}

/** From where a claim counts, in words that follow a time. */
interface Start {
  readonly at: number;
  readonly words: string;
}

function startOf({ since }: PolicyClaim, trace: Trace): Start | undefined {
  if (since === 'fault-ended') {
    const ended = faultsEndedAt(trace);
    return ended && { at: ended.undoingAt, words: 'after the last fault was being undone' };
  }
  const at = faultsBeganAt(trace);
  const first = trace.faults.find((fault) => fault.injectingAt === at);
  return at === undefined || first === undefined
    ? undefined
    : { at, words: `after ${showFault(first)} began` };
}

function isAbout({ pipeline, service }: PolicyClaim, record: PolicyRecord): boolean {
  return record.event.pipeline === pipeline && (service === undefined || record.service === service);
}

function tell(events: readonly PolicyRecord[], first: PolicyRecord, start: Start): string {
  const after = `${showMs(first.at - start.at)} ${start.words}, in ${first.service}`;
  return events.length === 1 ? `once, ${after}` : `${times(events.length)}, first ${after}`;
}

/** A breaker that closed while the fault was still on, and stayed closed, need not close once more. */
function closedBefore(
  claim: PolicyClaim,
  spoken: readonly PolicyRecord[],
  start: Start,
  trace: Trace,
): Judgement | undefined {
  if (claim.since !== 'fault-ended' || claim.eventType !== 'circuit-breaker.closed') return undefined;
  const began = faultsBeganAt(trace) ?? start.at;
  const last = spoken.findLast(({ at, event }) => at >= began && states.has(event.type));
  if (last?.event.type !== claim.eventType) return undefined;
  return { held: true, seen: `it closed already ${showMs(start.at - last.at)} before, in ${last.service}` };
}

const states = new Set(
  ['opened', 'half-opened', 'closed', 'isolated'].map((state) => `circuit-breaker.${state}`),
);

/** What was heard in place of what was expected: the way to a wrong name or a missing policy. */
function whatElse(claim: PolicyClaim, spoken: readonly PolicyRecord[], trace: Trace): string {
  const counts = new Map<string, number>();
  for (const { event } of spoken) counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
  counts.delete('calls.counted');
  if (counts.size > 0) {
    const types = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 4);
    return `\`${claim.pipeline}\` said ${types.map(([type, count]) => `${type} ${times(count)}`).join(', ')}`;
  }
  if (spoken.length > 0) return `the policies of \`${claim.pipeline}\` had nothing to do`;
  const known = [...new Set(trace.policies.map(({ event }) => event.pipeline))].sort();
  const heard = known.length === 0 ? 'no service told of any pipeline' : `heard of ${known.join(', ')} only`;
  return `nothing was heard of \`${claim.pipeline}\`; ${heard}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${showCount(count)} times`;
}

function showFault({ label }: FaultTrace): string {
  return `${label.fault} ${label.target}`;
}
