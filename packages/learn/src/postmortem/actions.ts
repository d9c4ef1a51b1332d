/**
 * Actions that a run proposes: one for each hypothesis that did not hold and for each finding that is to be mended. What
 * is proposed is a check, not a cure: how to get there is for the people who know the system.
 */

import type { Finding } from '../analysis/finding.ts';
import type { ExperimentTrace } from '../analysis/run.ts';
import type { ActionSummary } from '../history/summary.ts';

/** A proposed action; `because` says what was seen. */
export interface ProposedAction extends ActionSummary {
  readonly because: string;
}

type ActionType = ActionSummary['type'];

/** What kind of action mends what kind of finding. */
const typeOfFinding: Partial<Record<Finding['kind'], ActionType>> = {
  'undo-failed': 'mitigate',
  'fault-not-observed': 'detect',
  'fault-not-absorbed': 'prevent',
  'fault-not-answered': 'mitigate',
  'retry-amplification': 'prevent',
  'not-steady-again': 'mitigate',
  'breaker-not-recovered': 'detect',
};

/** The actions that follow from hypotheses and findings, in that order. */
export function proposeActions(
  experiments: readonly { readonly trace: ExperimentTrace }[],
  findings: readonly Finding[],
): ProposedAction[] {
  const failed = experiments.filter(({ trace }) => trace.expectations.some(({ held }) => held === false));
  return [
    ...failed.flatMap(({ trace }) => fromExpectations(trace)),
    ...findings.flatMap(fromFinding),
    ...(failed.length > 0 ? [alertAction(failed.map(({ trace }) => trace.experiment))] : []),
  ];
}

function fromExpectations(trace: ExperimentTrace): ProposedAction[] {
  const { experiment } = trace;
  return trace.expectations
    .filter(({ held }) => held === false)
    .map(({ expected, seen }) => ({
      id: ['expectation', experiment, expected].join(' / '),
      type: typeOfExpectation(expected),
      text: `Make this hold: ${expected}`,
      because: seen,
      check: { kind: 'expectation', experiment, expected },
    }));
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

function alertAction(experiments: readonly string[]): ProposedAction {
  return {
    id: 'alert',
    type: 'detect',
    text: 'See that an alert fires when goodput falls below the level before, and that it names the dependency.',
    because: `Users would have noticed in: ${experiments.join('; ')}.`,
    check: { kind: 'by-people' },
  };
}
