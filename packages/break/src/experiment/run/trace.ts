/** The records of one experiment, sorted for whoever judges them. All times are Unix milliseconds. */
import type { FaultLabel, LoadSample, Phase, RunRecord } from '../../journal/record.ts';

/** A stretch of time. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A fault from before it was begun until it was undone; what did not happen is `undefined`. */
export interface FaultTrace {
  readonly label: FaultLabel;
  readonly injectingAt: number;
  injectedAt: number | undefined;
  undoingAt: number | undefined;
  undoneAt: number | undefined;
}

export interface Trace {
  readonly faults: readonly FaultTrace[];
  readonly samples: readonly (Span & { readonly sample: LoadSample })[];
  readonly probes: readonly (Span & {
    readonly probe: string;
    readonly phase: Phase;
    readonly held: boolean;
    readonly seen: string;
  })[];
  readonly policies: readonly Extract<RunRecord, { kind: 'policy' }>[];
  /** The last record's time. */
  readonly endAt: number;
}

/** Sorts the records of one experiment. */
export function traceOf(records: readonly RunRecord[]): Trace {
  const faults = new Map<string, FaultTrace>();
  const samples: Trace['samples'][number][] = [];
  const probes: Trace['probes'][number][] = [];
  const policies: Trace['policies'][number][] = [];
  let endAt = 0;
  for (const record of records) {
    endAt = Math.max(endAt, record.at);
    if (record.kind === 'policy') policies.push(record);
    else if (record.kind === 'load') {
      samples.push({ from: record.at - record.sample.intervalMs, to: record.at, sample: record.sample });
    } else if (record.kind === 'probe') {
      probes.push({ ...record, from: record.at - record.durationMs, to: record.at });
    } else if (record.kind === 'fault.injecting') {
      faults.set(record.fault.id, {
        label: record.fault,
        injectingAt: record.at,
        injectedAt: undefined,
        undoingAt: undefined,
        undoneAt: undefined,
      });
    } else if ('fault' in record) noteFault(faults.get(record.fault.id), record);
  }
  return { faults: [...faults.values()], samples, probes, policies, endAt };
}

/** From where a fault's effects may be seen to where they may be gone. */
export function spanOf(fault: FaultTrace, trace: Trace): Span {
  return { from: fault.injectingAt, to: fault.undoneAt ?? trace.endAt };
}

/** When the first fault was begun, if any was. */
export function faultsBeganAt(trace: Trace): number | undefined {
  return trace.faults.length === 0 ? undefined : Math.min(...trace.faults.map((fault) => fault.injectingAt));
}

/** When the undo of the last fault began, and when it was done; `undefined` while any fault may be on. */
export function faultsEndedAt(
  trace: Trace,
): { readonly undoingAt: number; readonly undoneAt: number } | undefined {
  let last: { readonly undoingAt: number; readonly undoneAt: number } | undefined;
  for (const { undoingAt, undoneAt } of trace.faults) {
    if (undoneAt === undefined) return undefined;
    if (last === undefined || undoneAt > last.undoneAt) last = { undoingAt: undoingAt ?? undoneAt, undoneAt };
  }
  return last;
}

/** The time in which at least one fault was on, in milliseconds. */
export function faultTimeMs(trace: Trace): number {
  const spans = trace.faults.map((fault) => spanOf(fault, trace)).sort((a, b) => a.from - b.from);
  let sum = 0;
  let countedTo = Number.NEGATIVE_INFINITY;
  for (const { from, to } of spans) {
    sum += Math.max(0, to - Math.max(from, countedTo));
    countedTo = Math.max(countedTo, to);
  }
  return sum;
}

function noteFault(fault: FaultTrace | undefined, record: RunRecord): void {
  if (fault === undefined) return;
  if (record.kind === 'fault.injected') fault.injectedAt = record.at;
  if (record.kind === 'fault.undoing') fault.undoingAt = record.at;
  // A second one says that the fault was seen after all; its end is the first.
  if (record.kind === 'fault.undone') fault.undoneAt ??= record.at;
}
