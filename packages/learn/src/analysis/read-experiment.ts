/** Gathers the records of one experiment, and makes its {@link ExperimentTrace} once all are read. */

import type { FaultLabel, RunRecord, Verdict } from '@seaworthy/break/journal';
import type {
  ExperimentTrace,
  FaultObservation,
  FaultWindow,
  JudgedExpectation,
  PhaseSpan,
  ProbeReading,
  TimedSample,
} from './run.ts';

/** A record that belongs to one experiment. */
type ExperimentRecord = Extract<RunRecord, { readonly experiment: string }>;

/** An experiment whose records are still being read. */
export interface ExperimentDraft {
  readonly experiment: string;
  /** Whether its beginning was among the records. */
  readonly declared: boolean;
  take(record: ExperimentRecord): void;
  readonly gathered: Gathered;
}

interface Gathered {
  experiment: string;
  from: number;
  to: number;
  started: Extract<RunRecord, { kind: 'experiment.started' }> | undefined;
  verdict: Verdict | undefined;
  phases: { phase: PhaseSpan['phase']; from: number }[];
  samples: TimedSample[];
  faults: Map<string, FaultDraft>;
  probes: ProbeReading[];
  judged: Map<string, JudgedExpectation>;
  aborts: { at: number; condition: string; seen: string }[];
  findings: string[];
}

interface FaultDraft {
  label: FaultLabel;
  firstAt: number;
  injected: boolean;
  undone: FaultWindow['undone'];
  observed: FaultObservation | undefined;
}

/** A fresh draft; `at` is the time of the first record. */
export function experimentDraft(experiment: string, at: number): ExperimentDraft {
  const gathered: Gathered = {
    experiment,
    from: at,
    to: at,
    started: undefined,
    verdict: undefined,
    phases: [],
    samples: [],
    faults: new Map(),
    probes: [],
    judged: new Map(),
    aborts: [],
    findings: [],
  };
  return {
    experiment,
    get declared() {
      return gathered.started !== undefined;
    },
    gathered,
    take: (record) => {
      gathered.to = Math.max(gathered.to, record.at);
      takeRecord(gathered, record);
    },
  };
}

/** What was gathered, as plain data; policy events and processes are added by whoever knows the whole run. */
export function finishExperiment(draft: ExperimentDraft): ExperimentTrace {
  const { gathered } = draft;
  return {
    experiment: gathered.experiment,
    from: gathered.from,
    to: gathered.to,
    description: gathered.started?.description,
    file: gathered.started?.file,
    steadyState: gathered.started?.steadyState ?? [],
    verdict: gathered.verdict,
    phases: phaseSpans(gathered),
    samples: gathered.samples,
    faults: [...gathered.faults.values()].map((fault) => faultWindow(fault, gathered.to)),
    probes: gathered.probes,
    expectations: expectations(gathered),
    aborts: gathered.aborts,
    recordedFindings: gathered.findings,
    policyEvents: [],
    serviceChanges: [],
  };
}

function takeRecord(gathered: Gathered, record: ExperimentRecord): void {
  switch (record.kind) {
    case 'experiment.started':
      gathered.started = record;
      break;
    case 'experiment.ended':
      gathered.verdict = record.verdict;
      break;
    case 'phase':
      gathered.phases.push({ phase: record.phase, from: record.at });
      break;
    case 'load':
      gathered.samples.push({
        from: record.at - Math.max(0, record.sample.intervalMs),
        to: record.at,
        sample: record.sample,
      });
      break;
    case 'probe':
      gathered.probes.push(record);
      break;
    case 'expectation':
      gathered.judged.set(record.expected, record);
      break;
    case 'aborted':
      gathered.aborts.push(record);
      break;
    case 'finding':
      gathered.findings.push(record.text);
      break;
    default:
      takeFault(gathered, record);
  }
}

type FaultRecord = Extract<ExperimentRecord, { readonly fault: FaultLabel }>;

function takeFault(gathered: Gathered, record: FaultRecord): void {
  const { id } = record.fault;
  const fault = gathered.faults.get(id) ?? {
    label: record.fault,
    firstAt: record.at,
    injected: false,
    undone: undefined,
    observed: undefined,
  };
  gathered.faults.set(id, fault);
  if (record.kind === 'fault.injected') fault.injected = true;
  if (record.kind === 'fault.observed') fault.observed = record;
  if (record.kind === 'fault.undone') fault.undone = undoneOnce(fault.undone, record);
}

/** The fault's end is the first record of its undoing; a second one says that it was seen after all. */
function undoneOnce(
  before: FaultWindow['undone'],
  record: NonNullable<FaultWindow['undone']>,
): FaultWindow['undone'] {
  if (before === undefined || !before.ok) return before ?? record;
  return { at: before.at, ok: record.ok, detail: record.detail };
}

function faultWindow(fault: FaultDraft, end: number): FaultWindow {
  // From when it was being injected: a process that is killed is gone before the kill is known to be done.
  const from = fault.firstAt;
  return {
    label: fault.label,
    from,
    to: Math.max(from, fault.undone?.at ?? end),
    // A control measurement that saw it bite is as good a witness as the note of its beginning.
    injected: fault.injected || fault.observed?.bites === true,
    undone: fault.undone,
    observed: fault.observed,
  };
}

function phaseSpans(gathered: Gathered): PhaseSpan[] {
  return gathered.phases
    .map((phase, index) => ({ ...phase, to: gathered.phases[index + 1]?.from ?? gathered.to }))
    .filter((phase) => phase.phase !== 'done');
}

/** In the order of the file, then what was judged without having been announced. */
function expectations(gathered: Gathered): JudgedExpectation[] {
  const announced = new Set(gathered.started?.expectations ?? []);
  const notJudged = (expected: string): JudgedExpectation => ({
    expected,
    held: undefined,
    seen: 'not judged: the experiment ended before',
  });
  return [
    ...[...announced].map((expected) => gathered.judged.get(expected) ?? notJudged(expected)),
    ...[...gathered.judged.values()].filter((judged) => !announced.has(judged.expected)),
  ];
}
