/**
 * Which policy absorbed which fault. An event counts for a fault when it names the fault, or when it was said while the
 * fault was on by a policy that stands on the fault's path: at the target, in front of it, or in front of its callers.
 */

import { type CallTotals, countCalls } from './amplification.ts';
import { faultPath, type FaultPath, type Nearness } from './fault-path.ts';
import { timesOf, wordFor, type Meaning } from './policy-vocabulary.ts';
import type { ExperimentTrace, FaultWindow, RunTrace, TimedPolicyEvent } from './run.ts';

/** What became of a fault. */
export type AbsorptionOutcome = 'answered' | 'contained' | 'not-absorbed' | 'not-injected';

/** A fault and the policies that dealt with it. */
export interface Absorption {
  readonly fault: FaultWindow;
  readonly outcome: AbsorptionOutcome;
  readonly by: readonly AbsorbedBy[];
  /** The calls to the target while the fault was on; undefined where no pipeline of the run counts its calls. */
  readonly calls: CallTotals | undefined;
}

/** One policy's part in it. */
export interface AbsorbedBy {
  readonly service: string;
  readonly pipeline: string;
  readonly policy: string;
  readonly nearness: Nearness;
  readonly meaning: Meaning;
  /** What it did, and how many times, the most frequent first. */
  readonly did: readonly { readonly did: string; readonly times: number }[];
  /** From the fault's beginning to the policy's first word. */
  readonly firstAfterMs: number;
}

/** Work that a fault hit is still under way when the fault ends; its policies have so long to say so. */
export const afterglowMs = 1_000;

/** The policies that absorbed each of an experiment's faults. */
export function absorptions(run: RunTrace, trace: ExperimentTrace): Absorption[] {
  const counted = run.policyEvents.some(({ event }) => event.type === 'calls.counted');
  return trace.faults.map((fault) => {
    const path = faultPath(fault.label, run);
    const meanwhile = trace.policyEvents.filter(({ at }) => at >= fault.from && at <= fault.to + afterglowMs);
    const calls = counted ? countCalls(meanwhile.filter((timed) => path(timed) === 'in-front')) : undefined;
    if (!fault.injected) return { fault, outcome: 'not-injected', by: [], calls };
    const by = absorbedBy(fault, path, meanwhile);
    return { fault, outcome: outcomeOf(by), by, calls };
  });
}

function outcomeOf(by: readonly AbsorbedBy[]): AbsorptionOutcome {
  if (by.some((part) => part.meaning === 'answers')) return 'answered';
  return by.some((part) => part.meaning === 'contains') ? 'contained' : 'not-absorbed';
}

interface Part {
  readonly first: TimedPolicyEvent;
  readonly policy: string;
  readonly nearness: Nearness;
  meaning: Meaning;
  readonly did: Map<string, number>;
}

function absorbedBy(
  fault: FaultWindow,
  path: FaultPath,
  events: readonly TimedPolicyEvent[],
): readonly AbsorbedBy[] {
  const parts = new Map<string, Part>();
  for (const timed of events) {
    const word = wordFor(timed.event.type);
    if (word === undefined) continue;
    const named = timed.event['fault'] === fault.label.id;
    const nearness = named ? 'named' : path(timed);
    if (nearness === undefined) continue;
    const key = JSON.stringify([timed.service, timed.event.pipeline, word.policy]);
    const part = parts.get(key) ?? {
      first: timed,
      policy: word.policy,
      nearness,
      meaning: word.meaning,
      did: new Map<string, number>(),
    };
    part.meaning = stronger(part.meaning, word.meaning);
    part.did.set(word.did, (part.did.get(word.did) ?? 0) + timesOf(timed));
    parts.set(key, part);
  }
  return [...parts.values()]
    .filter((part) => part.meaning !== 'tells')
    .map((part) => ({
      service: part.first.service,
      pipeline: part.first.event.pipeline,
      policy: part.policy,
      nearness: part.nearness,
      meaning: part.meaning,
      did: [...part.did]
        .map(([did, times]) => ({ did, times }))
        .sort((one, other) => other.times - one.times),
      firstAfterMs: part.first.at - fault.from,
    }))
    .sort(
      (one, other) =>
        order.indexOf(one.nearness) - order.indexOf(other.nearness) || one.firstAfterMs - other.firstAfterMs,
    );
}

const order: readonly Nearness[] = ['named', 'at-target', 'in-front', 'upstream'];
const strength: readonly Meaning[] = ['tells', 'contains', 'answers'];

function stronger(one: Meaning, other: Meaning): Meaning {
  return strength.indexOf(one) >= strength.indexOf(other) ? one : other;
}
