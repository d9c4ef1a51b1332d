/** What the run as a whole taught: policy states that no experiment reached, records that are missing. */

import { plural, showDuration } from '../text/figures.ts';
import type { Finding } from './finding.ts';
import { timesOf } from './policy-vocabulary.ts';
import type { RunTrace } from './run.ts';

/** States worth reaching in a run, and the fault that reaches them. */
const reachable: Readonly<Record<string, { readonly words: string; readonly reachedBy: string }>> = {
  'timeout.expired': { words: 'a time-out', reachedBy: 'responses slower than the time-out' },
  'retry.succeeded': { words: 'a retry that succeeds', reachedBy: 'errors for a part of the calls' },
  'retry.stopped': { words: 'a retry that gives up', reachedBy: 'a dependency that stays down' },
  'circuit-breaker.opened': { words: 'a circuit breaker opening', reachedBy: 'a dependency that stays down' },
  'circuit-breaker.closed': {
    words: 'a circuit breaker closing again',
    reachedBy: 'a watch after the fault that is longer than the breaker stays open',
  },
  'bulkhead.rejected': { words: 'a full bulkhead', reachedBy: 'slow responses under more load' },
  'load-shed.rejected': { words: 'load shedding', reachedBy: 'a larger traffic spike' },
  'rate-limit.rejected': { words: 'a rate limit', reachedBy: 'a larger traffic spike' },
  'fallback.answered': { words: 'a fallback', reachedBy: 'a dependency that is gone' },
  'cache.stale-served': {
    words: 'a stale value from a cache',
    reachedBy: 'a dependency that goes once the cache is warm',
  },
  'hedge.won': { words: 'a hedge that wins', reachedBy: 'slow responses for a part of the calls' },
};

/** A generator later than this blurs latencies that matter. */
const lagMsMax = 100;

/** The findings of the whole run. */
export function runFindings(run: RunTrace): Finding[] {
  return [...notExercised(run), ...lateGenerator(run), ...dropped(run), ...notRun(run)];
}

function notExercised(run: RunTrace): Finding[] {
  if (run.experiments.length === 0) return [];
  const seen = new Set(run.policyEvents.map(({ event }) => event.type));
  if (seen.size === 0) {
    return [
      {
        ...about('policy-not-exercised', 'all', 'note'),
        text: 'No policy said anything in this run, so what the policies did cannot be told.',
        next: 'If the services have policies, connect their event stream to the lab.',
      },
    ];
  }
  const missing = Object.entries(reachable).filter(([type]) => !seen.has(type));
  if (missing.length === 0) return [];
  return [
    {
      ...about('policy-not-exercised', 'some', 'note'),
      text: `No experiment reached these states, so nothing shows that they work here, where the system has them: ${missing.map(([, state]) => state.words).join(', ')}.`,
      next: `To try next: ${[...new Set(missing.map(([, state]) => state.reachedBy))].join('; ')}.`,
    },
  ];
}

function lateGenerator(run: RunTrace): Finding[] {
  const lags = run.experiments.map(({ samples }) =>
    samples.reduce((most, { sample }) => Math.max(most, sample.generatorLagMs), 0),
  );
  const late = lags.filter((lag) => lag > lagMsMax);
  if (late.length === 0) return [];
  return [
    {
      ...about('generator-late', 'all', 'note'),
      text: `In ${late.length} of ${plural(lags.length, 'experiment')} the load generator itself ran late, by up to ${showDuration(Math.max(...late))}; latencies around then are the machine's as much as the system's.`,
      next: 'Lower the load, or run on a machine with more cores.',
    },
  ];
}

function dropped(run: RunTrace): Finding[] {
  const lost = run.policyEvents
    .filter(({ event }) => event.type === 'events.dropped')
    .reduce((sum, event) => sum + timesOf(event), 0);
  if (lost === 0) return [];
  return [
    {
      ...about('events-dropped', 'all', 'note'),
      text: `${plural(lost, 'policy event')} did not reach the lab in time; counts of what the policies did are lower than the truth.`,
      next: 'Lower the load, or give the machine more cores.',
    },
  ];
}

function notRun(run: RunTrace): Finding[] {
  if (run.notRun.length === 0) return [];
  return [
    {
      ...about('experiment-not-run', run.notRun.join(', '), 'note'),
      text: `${plural(run.notRun.length, 'planned experiment')} did not run: ${run.notRun.join(', ')}.`,
      next: 'Mend what ended the run, then run it again.',
    },
  ];
}

function about(kind: Finding['kind'], subject: string, weight: Finding['weight']) {
  return { id: [kind, subject].join(' / '), kind, weight, experiment: undefined };
}
