/**
 * The moments of an experiment that a person would tell of: faults, breakers, processes, aborts, the first answer of each
 * policy, the first sign of harm. Timeline, post-mortem and the marks of the chart are made from them.
 */

import { showDuration, showShare } from '../text/figures.ts';
import { faultName } from './experiment-findings.ts';
import { beforeLevel, servedIn } from './goodput.ts';
import { binLoad } from './load-bins.ts';
import { placeOf, wordFor } from './policy-vocabulary.ts';
import { type ExperimentTrace, type RunTrace, within, zeroOf } from './run.ts';

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

function breakers(trace: ExperimentTrace): Moment[] {
  return trace.policyEvents.flatMap((timed) => {
    const { type } = timed.event;
    if (!/^circuit-breaker\.(opened|half-opened|ramping|closed|isolated|disabled)$/.test(type)) return [];
    const because = timed.event['because'];
    const why = typeof because === 'string' && because !== '' ? ` (${because})` : '';
    const did = wordFor(type)?.did ?? type;
    return [moment(timed.at, 'breaker', `Circuit-breaker ${placeOf(timed)} ${did}${why}`)];
  });
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
    return [moment(timed.at, 'policy', `First time: ${word.policy} of ${placeOf(timed)} ${word.did}`)];
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
