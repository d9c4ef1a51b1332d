/** From the lines of a journal to a {@link RunTrace}, in one pass over the sorted records. */

import type { RunRecord, Verdict } from '@seaworthy/break/journal';
import { experimentDraft, finishExperiment, type ExperimentDraft } from './read-experiment.ts';
import {
  type ExperimentTrace,
  type RunTrace,
  type ServiceChange,
  type TimedPolicyEvent,
  within,
} from './run.ts';

/**
 * Sorts the records of a run. Any sequence of records is read, also one that breaks off or lacks its beginning.
 *
 * @param records - in any order; they are sorted by time
 */
export function readRun(records: Iterable<RunRecord>): RunTrace {
  const sorted = [...records].sort((one, other) => one.at - other.at);
  const drafts: ExperimentDraft[] = [];
  const policyEvents: TimedPolicyEvent[] = [];
  const serviceChanges: ServiceChange[] = [];
  const notes: { at: number; by: string; text: string }[] = [];
  let started: Extract<RunRecord, { kind: 'run.started' }> | undefined;
  let ended: { verdict: Verdict; exitCode: number } | undefined;

  for (const record of sorted) {
    switch (record.kind) {
      case 'run.started':
        started ??= record;
        break;
      case 'run.ended':
        ended = record;
        break;
      case 'policy':
        policyEvents.push(record);
        break;
      case 'service':
        serviceChanges.push(record);
        break;
      case 'note':
        notes.push(record);
        break;
      case 'experiment.started':
        openDraft(drafts, record.experiment, record.at).take(record);
        break;
      default:
        draftOf(drafts, record.experiment, record.at).take(record);
    }
  }

  const from = started?.at ?? sorted[0]?.at ?? 0;
  const to = sorted.at(-1)?.at ?? from;
  const experiments = drafts.map((draft) =>
    withSurroundings(finishExperiment(draft), policyEvents, serviceChanges),
  );
  const ran = new Set(experiments.map((trace) => trace.experiment));
  return {
    from: Math.min(from, to),
    to,
    runId: started?.runId ?? 'unknown',
    title: started?.title ?? 'A run without a beginning',
    system: started?.system ?? 'unknown',
    mode: started?.mode ?? 'unknown',
    seed: started?.seed,
    host: started?.host,
    verdict: ended?.verdict,
    exitCode: ended?.exitCode,
    notRun: [...new Set(started?.experiments ?? [])].filter((name) => !ran.has(name)),
    experiments,
    policyEvents,
    serviceChanges,
    notes,
  };
}

/** An experiment begins. The same name once more is a new experiment; records before the beginning belong to it too. */
function openDraft(drafts: ExperimentDraft[], experiment: string, at: number): ExperimentDraft {
  const last = drafts.findLast((draft) => draft.experiment === experiment);
  if (last !== undefined && !last.declared) return last;
  return added(drafts, experiment, at);
}

function draftOf(drafts: ExperimentDraft[], experiment: string, at: number): ExperimentDraft {
  return drafts.findLast((draft) => draft.experiment === experiment) ?? added(drafts, experiment, at);
}

function added(drafts: ExperimentDraft[], experiment: string, at: number): ExperimentDraft {
  const draft = experimentDraft(experiment, at);
  drafts.push(draft);
  return draft;
}

/** Policies and processes know nothing of experiments; what they said is told apart by its time. */
function withSurroundings(
  trace: ExperimentTrace,
  policyEvents: readonly TimedPolicyEvent[],
  serviceChanges: readonly ServiceChange[],
): ExperimentTrace {
  return {
    ...trace,
    policyEvents: policyEvents.filter((event) => within(event.at, trace)),
    serviceChanges: serviceChanges.filter((change) => within(change.at, trace)),
  };
}
