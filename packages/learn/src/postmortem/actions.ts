/**
 * Actions that a run proposes: one for each experiment whose hypotheses did not all hold, and one for each finding to be
 * mended where they did. How to get there is for the people who know the system; what is sure is the check.
 */

import type { Finding } from '../analysis/finding.ts';
import type { ExperimentTrace } from '../analysis/run.ts';
import type { ActionSummary } from '../history/summary.ts';
import { plural } from '../text/figures.ts';

/** A proposed action; `because` says what was seen. */
export interface ProposedAction extends ActionSummary {
  readonly because: string;
}

type ActionType = ActionSummary['type'];

/** What kind of action mends what kind of finding; the kinds that are not here are no one's to mend. */
const typeOfFinding: Partial<Record<Finding['kind'], ActionType>> = {
  'undo-failed': 'mitigate',
  'fault-not-observed': 'detect',
  'fault-not-absorbed': 'prevent',
  'fault-not-answered': 'mitigate',
  'retry-amplification': 'prevent',
  'not-steady-again': 'mitigate',
};

/** An experiment and what it taught. */
interface Evidence {
  readonly trace: ExperimentTrace;
  readonly findings: readonly Finding[];
}

/** The actions that follow from hypotheses and findings, experiment by experiment. */
export function proposeActions(experiments: readonly Evidence[]): ProposedAction[] {
  const failed = experiments.filter(({ trace }) => failedIn(trace).length > 0);
  return [
    ...experiments.flatMap((evidence) =>
      failedIn(evidence.trace).length > 0
        ? [fromExperiment(evidence)]
        : evidence.findings.flatMap(fromFinding),
    ),
    ...(failed.length > 0 ? [alertAction(failed.length)] : []),
  ];
}

function failedIn(trace: ExperimentTrace) {
  return trace.expectations.filter(({ held }) => held === false);
}

function fromExperiment({ trace, findings }: Evidence): ProposedAction {
  const failed = failedIn(trace);
  const mendable = findings.filter(({ kind }) => typeOfFinding[kind] !== undefined);
  const steps = [...new Set(mendable.map(({ next }) => next))];
  const types = [
    ...mendable.map(({ kind }) => typeOfFinding[kind]),
    ...failed.map(({ expected }) => typeOfExpectation(expected)),
  ];
  return {
    id: ['experiment', trace.experiment].join(' / '),
    type: types.includes('prevent') ? 'prevent' : 'mitigate',
    text: steps.length > 0 ? steps.join(' ') : 'Find what keeps these hypotheses from holding, and mend it.',
    because: failed.map(({ expected, seen }) => `${expected}: ${seen}`).join('; '),
    check: { kind: 'experiment', experiment: trace.experiment },
  };
}

/** Promises to users are kept by prevention; how policies act and how the system comes back, by mitigation. */
function typeOfExpectation(expected: string): ActionType {
  return /\b(opens?|closes?|answers?|rejects?|sheds?|steady again|retry load|retries)\b/i.test(expected)
    ? 'mitigate'
    : 'prevent';
}

function fromFinding(finding: Finding): ProposedAction[] {
  const type = typeOfFinding[finding.kind];
  if (type === undefined || finding.experiment === undefined) return [];
  return [
    {
      id: finding.id,
      type,
      text: finding.next,
      because: finding.text,
      check: { kind: 'finding', experiment: finding.experiment, finding: finding.id },
    },
  ];
}

function alertAction(count: number): ProposedAction {
  return {
    id: 'alert',
    type: 'detect',
    text: 'See that an alert fires when goodput falls below its usual level, and that it names the dependency.',
    because: `hypotheses did not hold in ${plural(count, 'experiment')}`,
    check: { kind: 'by-people' },
  };
}
