/**
 * The moments of an experiment that a person would tell of: faults, breakers, processes, aborts, the first answer of each
 * policy, the first sign of harm. Timeline, post-mortem and the marks of the chart are made from them.
 */

import { showDuration, showShare } from '../text/figures.ts';
import { faultName } from './experiment-findings.ts';
import { beforeLevel, servedIn } from './goodput.ts';
import { binLoad } from './load-bins.ts';
import { placeName, wordFor } from './policy-vocabulary.ts';
import { type ExperimentTrace, type RunTrace, type TimedPolicyEvent, within, zeroOf } from './run.ts';

/** Something that happened at one moment. */
export interface Moment {
  readonly at: number;
  readonly kind: MomentKind;
  readonly text: string;
}

/** What a moment is about. */
export type MomentKind =
  | 'fault-begins'
  | 'fault-ends'
  | 'harm-seen'
  | 'breaker'
  | 'policy'
  | 'process'
  | 'probe'
  | 'aborted'
  | 'note';

/** So many moments of one kind at most; a flapping breaker must not bury the rest. */
export const momentsPerKindMax = 30;

/** The moments of an experiment, in order. */
export function momentsOf(run: RunTrace, trace: ExperimentTrace): Moment[] {
  const moments = [
    ...faults(trace),
    ...harm(trace),
    ...breakers(trace),
    ...firstWords(trace),
    ...processes(trace),
    ...probes(trace),
    ...trace.aborts.map(({ at, condition, seen }) =>
      moment(at, 'aborted', `Aborted: ${condition} (seen: ${seen})`),
    ),
    ...run.notes
      .filter((note) => within(note.at, trace))
      .map((note) => moment(note.at, 'note', `${note.by}: ${note.text}`)),
  ];
  return [...Map.groupBy(moments, ({ kind }) => kind).values()]
    .flatMap((group) => bounded(group))
    .sort((one, other) => one.at - other.at);
}

function moment(at: number, kind: MomentKind, text: string): Moment {
  return { at, kind, text };
}

function faults(trace: ExperimentTrace): Moment[] {
  return trace.faults.flatMap((fault) => {
    const name = faultName(fault);
    const begins = fault.injected
      ? moment(fault.from, 'fault-begins', `Fault begins: ${name}`)
      : moment(fault.from, 'fault-begins', `Fault was planned and not injected: ${name}`);
    if (fault.undone === undefined) return [begins];
    const { at, ok, detail } = fault.undone;
    const why = detail === undefined ? '' : ` (${detail})`;
    return [begins, moment(at, 'fault-ends', `${ok ? 'Fault undone' : 'Undo failed'}: ${name}${why}`)];
  });
}

/** The first second in which goodput fell after a fault began: what an alert could have seen. */
function harm(trace: ExperimentTrace): Moment[] {
  const level = beforeLevel(trace);
  const from = trace.faults.find((fault) => fault.injected)?.from;
  if (level === undefined || from === undefined) return [];
  for (const bin of binLoad(trace.samples, { from, to: trace.to }, 1000)) {
    const { wanted, served } = servedIn(bin, level);
    if (wanted < 1 || served >= 0.95 * wanted) continue;
    return [
      moment(bin.to, 'harm-seen', `First second below the level before: ${showShare(served / wanted)} of it`),
    ];
  }
  return [];
}

/** Every change of a breaker, but a breaker that half-opens only to open again is told of once. */
function breakers(trace: ExperimentTrace): Moment[] {
  const byBreaker = Map.groupBy(
    trace.policyEvents.filter(({ event }) => breakerChange.test(event.type)),
    place,
  );
  return [...byBreaker].flatMap(([name, changes]) => {
    const relapses = changes.filter(
      ({ event }, index) =>
        event.type === 'circuit-breaker.half-opened' &&
        changes[index + 1]?.event.type === 'circuit-breaker.opened',
    );
    const quiet = new Set(relapses.flatMap((change) => [change, changes[changes.indexOf(change) + 1]]));
    const told = changes
      .filter((change) => !quiet.has(change))
      .map((change) => moment(change.at, 'breaker', `Circuit-breaker ${name} ${changeWords(change)}`));
    const [first] = relapses;
    if (first === undefined) return told;
    const times = relapses.length === 1 ? '' : ` ${relapses.length} times in`;
    const length = relapses.length === 1 ? '' : ` ${showDuration((relapses.at(-1) ?? first).at - first.at)}`;
    const text = `Circuit-breaker ${name} half-opened and opened again${times}${length}`;
    return [...told, moment(first.at, 'breaker', text)];
  });
}

const breakerChange = /^circuit-breaker\.(opened|half-opened|ramping|closed|isolated|disabled)$/;

function changeWords({ event }: TimedPolicyEvent): string {
  const because = event['because'];
  const why = typeof because === 'string' && because !== '' ? ` (${because})` : '';
  return `${wordFor(event.type)?.did ?? event.type}${why}`;
}

function place({ service, event }: TimedPolicyEvent): string {
  return placeName({ service, pipeline: event.pipeline });
}

/** The first word of each policy that answered or contained; the rest is counted elsewhere. */
function firstWords(trace: ExperimentTrace): Moment[] {
  const heard = new Set<string>();
  return trace.policyEvents.flatMap((timed) => {
    const word = wordFor(timed.event.type);
    if (word === undefined || word.meaning === 'tells' || timed.event.type === 'circuit-breaker.opened')
      return [];
    const key = JSON.stringify([timed.service, timed.event.pipeline, timed.event.type]);
    if (heard.has(key)) return [];
    heard.add(key);
    return [moment(timed.at, 'policy', `First time: ${word.policy} ${place(timed)} ${word.did}`)];
  });
}

function processes(trace: ExperimentTrace): Moment[] {
  const words = {
    starting: 'is starting',
    ready: 'is ready',
    exited: 'exited',
    restarted: 'was restarted',
    stopped: 'was stopped',
  } as const;
  return trace.serviceChanges.map(({ at, service, state, detail }) =>
    moment(at, 'process', `${service} ${words[state]}${detail === undefined ? '' : ` (${detail})`}`),
  );
}

/** Where a probe changed its answer. */
function probes(trace: ExperimentTrace): Moment[] {
  const last = new Map<string, boolean>();
  return trace.probes.flatMap(({ at, probe, held, seen }) => {
    const before = last.get(probe) ?? true;
    last.set(probe, held);
    if (before === held) return [];
    return [moment(at, 'probe', `Probe ${probe} ${held ? 'holds again' : 'did not hold'} (seen: ${seen})`)];
  });
}

function bounded(group: readonly Moment[]): readonly Moment[] {
  const [first] = group.slice(momentsPerKindMax);
  if (first === undefined) return group;
  const left = group.length - momentsPerKindMax;
  const last = group.at(-1) ?? first;
  const text = `${left} more of the kind “${first.kind}” in the next ${showDuration(last.at - first.at)}`;
  return [...group.slice(0, momentsPerKindMax), moment(first.at, first.kind, text)];
}

/** A moment on the experiment's clock, in milliseconds from its first fault. */
export function offsetOf(trace: ExperimentTrace, at: number): number {
  return at - zeroOf(trace);
}
