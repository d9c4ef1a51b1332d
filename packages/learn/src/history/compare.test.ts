import { describe, expect, it } from 'vitest';
import { learn } from '../lessons.ts';
import { gameDayJournal } from '../testing/game-day-journal.ts';
import { compareWithHistory } from './compare.ts';
import type { RunSummary } from './summary.ts';

function summary(
  startedAt: number,
  held: Record<string, boolean | null>,
  more: Partial<RunSummary> = {},
): RunSummary {
  return {
    version: 1,
    runId: `run-${startedAt}`,
    title: 'Game Day',
    system: 'shop',
    mode: 'protected',
    startedAt,
    endedAt: startedAt + 1,
    verdict: 'held',
    exitCode: 0,
    experiments: [
      {
        experiment: 'e',
        verdict: 'held',
        robustness: 0.9,
        reboundMs: 0,
        steadyAgain: true,
        requests: null,
        expectations: Object.entries(held).map(([expected, outcome]) => ({ expected, held: outcome })),
      },
    ],
    findings: [],
    actions: [],
    ...more,
  };
}

describe('compareWithHistory', () => {
  it('knows what was learned, lost, still fails, and is new', () => {
    const earlier = [
      summary(1, { learned: false, relearned: true, lost: true, failing: false }),
      summary(2, { learned: false, relearned: false, lost: true, failing: false }),
    ];
    const now = summary(3, { learned: true, relearned: true, lost: false, failing: false, fresh: true });
    const names = (list: readonly { readonly expected: string }[] = []) =>
      list.map(({ expected }) => expected);
    const comparison = compareWithHistory(now, earlier);
    expect(comparison?.earlierRuns).toBe(2);
    expect(names(comparison?.learned)).toEqual(['learned', 'relearned']);
    expect(names(comparison?.regressed)).toEqual(['lost']);
    expect(names(comparison?.stillFailing)).toEqual(['failing']);
    expect(names(comparison?.added)).toEqual(['fresh']);
  });

  it('passes over runs in which a hypothesis was not judged', () => {
    const earlier = [summary(1, { a: true }), summary(2, { a: null })];
    expect(compareWithHistory(summary(3, { a: false }), earlier)?.regressed).toHaveLength(1);
  });

  it('compares only with earlier runs of the same system in the same mode', () => {
    const now = summary(5, { a: true });
    const others = [
      summary(1, { a: false }, { mode: 'naive' }),
      summary(2, { a: false }, { system: 'other' }),
      summary(6, { a: false }),
      now,
    ];
    expect(compareWithHistory(now, others)).toBeUndefined();
  });

  it('closes an action when its check passes, and leaves it open when it does not', () => {
    const action = (id: string, check: RunSummary['actions'][number]['check']) => ({
      id,
      type: 'prevent' as const,
      text: id,
      check,
    });
    const earlier = summary(
      1,
      { a: false },
      {
        actions: [
          action('hypotheses', { kind: 'experiment', experiment: 'e' }),
          action('gone', { kind: 'finding', experiment: 'e', finding: 'f1' }),
          action('there', { kind: 'finding', experiment: 'e', finding: 'f2' }),
          action('elsewhere', { kind: 'experiment', experiment: 'not run' }),
          action('people', { kind: 'by-people' }),
        ],
      },
    );
    const now = summary(2, { a: true }, { findings: [{ id: 'f2', kind: 'k', weight: 'act', text: 't' }] });
    const actions = compareWithHistory(now, [earlier])?.actions;
    expect(actions?.closed.map(({ id }) => id)).toEqual(['hypotheses', 'gone']);
    expect(actions?.open.map(({ id }) => id)).toEqual(['there']);
    expect(actions?.unchecked.map(({ id }) => id)).toEqual(['elsewhere', 'people']);
  });

  it('sees a shop that was naive and learned: every failed hypothesis is counted as learned', () => {
    const before = { ...learn(gameDayJournal('naive')).summary, mode: 'protected', startedAt: 1 };
    const { scorecard } = learn(gameDayJournal('protected'), [before]);
    expect(scorecard.adaptability).toMatchObject({ measured: true });
    const value = scorecard.adaptability.measured ? scorecard.adaptability.value : undefined;
    expect(value?.learned).toHaveLength(24);
    expect(value?.regressed).toHaveLength(0);
    expect(value?.actions.closed).toHaveLength(8);
  });
});
