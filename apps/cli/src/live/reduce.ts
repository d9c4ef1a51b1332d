/** How each record of a run changes the live view: a pure function, so that any moment of any run can be drawn. */
import type { LoadSample, RunRecord } from '@seaworthy/break/journal';
import { wordsFor } from './notable.ts';
import {
  barMs,
  barsMax,
  breakersMax,
  type CurrentExperiment,
  type FaultRow,
  initialLoad,
  type LiveState,
  type LoadView,
  notableMax,
  recentSamples,
} from './state.ts';

type Of<Kind extends RunRecord['kind']> = Extract<RunRecord, { kind: Kind }>;

/** The view after a record. The same object when the record changes nothing that is shown. */
export function reduce(state: LiveState, record: RunRecord): LiveState {
  return announce(change(state, record), record);
}

function change(state: LiveState, record: RunRecord): LiveState {
  switch (record.kind) {
    case 'run.started':
      return begin(state, record);
    case 'run.ended':
      return { ...state, ended: { verdict: record.verdict, exitCode: record.exitCode } };
    case 'service':
      return service(state, record);
    case 'experiment.started':
      return startExperiment(state, record);
    case 'phase':
      return inCurrent(state, record, () => ({ phase: record.phase, phaseSince: record.at }));
    case 'load':
      return inCurrent(state, record, ({ load, faults }) => ({
        load: addSample(load, record.sample, faults.length > 0),
      }));
    case 'fault.injecting':
      return fault(state, record, 'injecting');
    case 'fault.injected':
      return fault(state, record, 'on');
    case 'fault.observed':
      return fault(state, record, record.bites ? 'bites' : 'not-observed');
    case 'fault.undone':
      return inCurrent(state, record, (current) => ({
        faults: current.faults.filter((row) => row.label.id !== record.fault.id),
      }));
    case 'policy':
      return policy(state, record);
    case 'finding':
      return inCurrent(state, record, (current) => ({ findings: [...current.findings, record.text] }));
    case 'expectation':
      return inCurrent(state, record, (current) => ({
        judged: [...current.judged, { expected: record.expected, held: record.held, seen: record.seen }],
      }));
    case 'experiment.ended':
      return endExperiment(state, record);
    default:
      return state;
  }
}

function begin(state: LiveState, record: Of<'run.started'>): LiveState {
  const known = new Map(state.plan.map((planned) => [planned.name, planned]));
  return {
    ...state,
    startedAt: state.startedAt ?? record.at,
    title: record.title,
    mode: record.mode,
    plan: record.experiments.map((name) => known.get(name) ?? { name, beforeMs: 0, faultMs: 0, afterMs: 0 }),
  };
}

function service(state: LiveState, record: Of<'service'>): LiveState {
  const services = { ...state.services, [record.service]: record.state };
  // A new process begins with new breakers, all closed.
  const ended = record.state === 'exited' || record.state === 'restarted' || record.state === 'stopped';
  const breakers = ended
    ? state.breakers.filter((breaker) => breaker.service !== record.service)
    : state.breakers;
  return { ...state, startedAt: state.startedAt ?? record.at, services, breakers };
}

function startExperiment(state: LiveState, record: Of<'experiment.started'>): LiveState {
  const current: CurrentExperiment = {
    name: record.experiment,
    number: state.finished.length + 1,
    startedAt: record.at,
    phase: undefined,
    phaseSince: record.at,
    faults: [],
    load: initialLoad,
    judged: [],
    findings: [],
  };
  return { ...state, current, notable: [], said: new Set() };
}

function endExperiment(state: LiveState, record: Of<'experiment.ended'>): LiveState {
  const { current } = state;
  if (current?.name !== record.experiment) return state;
  const finished = {
    name: current.name,
    number: current.number,
    verdict: record.verdict,
    durationMs: record.at - current.startedAt,
    judged: current.judged,
    findings: current.findings,
  };
  return { ...state, current: undefined, finished: [...state.finished, finished] };
}

/** A bar is done when it has its time: samples are not all of one length. */
function addSample({ bars, growing, recent }: LoadView, sample: LoadSample, faulty: boolean): LoadView {
  const next = {
    good: growing.good + sample.good,
    ms: growing.ms + sample.intervalMs,
    faulty: growing.faulty || faulty,
  };
  const latest = [...recent.slice(1 - recentSamples), sample];
  // A sample of 250 ms may be a few milliseconds short.
  if (next.ms < barMs - 20) return { bars, growing: next, recent: latest };
  const bar = { goodPerSecond: next.good / (next.ms / 1000), faulty: next.faulty };
  return { bars: [...bars.slice(1 - barsMax), bar], growing: initialLoad.growing, recent: latest };
}

function fault(
  state: LiveState,
  record: Of<'fault.injecting' | 'fault.injected' | 'fault.observed'>,
  next: FaultRow['state'],
): LiveState {
  return inCurrent(state, record, ({ faults }) => {
    const row: FaultRow = { label: record.fault, state: next };
    const known = faults.some((other) => other.label.id === record.fault.id);
    if (known) return { faults: faults.map((other) => (other.label.id === record.fault.id ? row : other)) };
    // A fault that is undone already is measured once more, and is not on for it.
    return next === 'injecting' ? { faults: [...faults, row] } : {};
  });
}

const breakerStates = new Map([
  ['circuit-breaker.opened', 'open'],
  ['circuit-breaker.half-opened', 'half open'],
  ['circuit-breaker.closed', 'closed'],
  ['circuit-breaker.isolated', 'isolated'],
]);

function policy(state: LiveState, { service, event }: Of<'policy'>): LiveState {
  const next = breakerStates.get(event.type);
  if (next === undefined) return state;
  const row = { service, pipeline: event.pipeline, state: next };
  const others = state.breakers.filter(
    (other) => other.service !== service || other.pipeline !== event.pipeline,
  );
  return { ...state, breakers: [...others.slice(-(breakersMax - 1)), row] };
}

function announce(state: LiveState, record: RunRecord): LiveState {
  const words = wordsFor(record);
  if (words === undefined || (words.key !== undefined && state.said.has(words.key))) return state;
  const { text, tone, key } = words;
  return {
    ...state,
    notable: [...state.notable.slice(-(notableMax - 1)), { at: record.at, text, tone }],
    said: key === undefined ? state.said : new Set(state.said).add(key),
  };
}

function inCurrent(
  state: LiveState,
  record: { readonly experiment: string },
  update: (current: CurrentExperiment) => Partial<CurrentExperiment>,
): LiveState {
  const { current } = state;
  if (current?.name !== record.experiment) return state;
  return { ...state, current: { ...current, ...update(current) } };
}
