/** What changed from the earlier runs of the same system to this one, hypothesis by hypothesis and action by action. */

import type { ActionSummary, RunSummary } from './summary.ts';

/** A hypothesis, by the experiment it belongs to and its words. */
export interface HypothesisName {
  readonly experiment: string;
  readonly expected: string;
}

/** This run against those before it. */
export interface Comparison {
  readonly earlierRuns: number;
  readonly firstAt: number;
  /** Failed once, and holds now. */
  readonly learned: readonly HypothesisName[];
  /** Held when it was last judged, and fails now. */
  readonly regressed: readonly HypothesisName[];
  /** Failed when it was last judged, and fails now. */
  readonly stillFailing: readonly HypothesisName[];
  /** Judged now for the first time. */
  readonly added: readonly HypothesisName[];
  /** Actions that earlier runs proposed, by what this run says of them. */
  readonly actions: {
    readonly closed: readonly ActionSummary[];
    readonly open: readonly ActionSummary[];
    /** Their experiment did not run this time, or only people can check them. */
    readonly unchecked: readonly ActionSummary[];
  };
  /** The least robustness of the last earlier run that measured it, and of this one. */
  readonly leastRobustness: { readonly before: number | undefined; readonly now: number | undefined };
}

/**
 * Compares a run with earlier runs of the same system in the same mode; undefined where there are none. The run itself
 * and later ones, where they are in the list, do not count.
 */
export function compareWithHistory(now: RunSummary, runs: readonly RunSummary[]): Comparison | undefined {
  const earlier = runs
    .filter((run) => run.system === now.system && run.mode === now.mode)
    .filter((run) => run.runId !== now.runId && run.startedAt < now.startedAt)
    .sort((one, other) => one.startedAt - other.startedAt);
  const [first] = earlier;
  if (first === undefined) return undefined;
  const verdicts = earlier.map(judged);
  const groups = { learned: [], regressed: [], stillFailing: [], added: [] } as Record<
    'learned' | 'regressed' | 'stillFailing' | 'added',
    HypothesisName[]
  >;
  for (const [key, held] of judged(now)) {
    const past = verdicts.flatMap((run) => run.get(key) ?? []);
    const last = past.at(-1);
    const name = nameOf(key);
    if (last === undefined) groups.added.push(name);
    else if (held && past.includes(false)) groups.learned.push(name);
    else if (!held) groups[last ? 'regressed' : 'stillFailing'].push(name);
  }
  return {
    earlierRuns: earlier.length,
    firstAt: first.startedAt,
    ...groups,
    actions: checkActions(now, earlier),
    leastRobustness: {
      before: earlier.map(leastRobustness).findLast((value) => value !== undefined),
      now: leastRobustness(now),
    },
  };
}

function checkActions(now: RunSummary, earlier: readonly RunSummary[]): Comparison['actions'] {
  // The same action may have been proposed by several runs; the latest words are kept.
  const actions = new Map(earlier.flatMap((run) => run.actions).map((action) => [action.id, action]));
  const states = Map.groupBy(actions.values(), (action) => stateOf(action, now));
  return {
    closed: states.get('closed') ?? [],
    open: states.get('open') ?? [],
    unchecked: states.get('unchecked') ?? [],
  };
}

function stateOf({ check }: ActionSummary, now: RunSummary): keyof Comparison['actions'] {
  if (check.kind === 'by-people') return 'unchecked';
  const experiment = now.experiments.find((summary) => summary.experiment === check.experiment);
  if (check.kind === 'experiment') {
    const outcomes = experiment?.expectations.map(({ held }) => held) ?? [];
    if (outcomes.includes(false)) return 'open';
    return outcomes.length > 0 && !outcomes.includes(null) ? 'closed' : 'unchecked';
  }
  // A finding that is gone counts only where the experiment ran to its end.
  if (experiment === undefined) return 'unchecked';
  if (now.findings.some(({ id }) => id === check.finding)) return 'open';
  return experiment.verdict === 'held' || experiment.verdict === 'failed' ? 'closed' : 'unchecked';
}

function judged(run: RunSummary): Map<string, boolean> {
  return new Map(
    run.experiments.flatMap(({ experiment, expectations }) =>
      expectations.flatMap(({ expected, held }) =>
        held === null ? [] : [[JSON.stringify([experiment, expected]), held] as const],
      ),
    ),
  );
}

function nameOf(key: string): HypothesisName {
  const [experiment, expected] = JSON.parse(key) as [string, string];
  return { experiment, expected };
}

function leastRobustness(run: RunSummary): number | undefined {
  const values = run.experiments.flatMap(({ robustness }) => robustness ?? []);
  return values.length > 0 ? Math.min(...values) : undefined;
}
