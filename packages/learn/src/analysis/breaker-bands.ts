/** The states of every circuit breaker over time, for the bands of the timeline. */

import type { BreakerState } from '@seaworthy/protect';
import type { RunTrace, ServiceChange, Span, TimedPolicyEvent } from './run.ts';

/** A breaker's state, or `down` while the process that holds it is gone. */
export type BandState = BreakerState | 'down';

/** A state and how long it lasted. */
export interface Band extends Span {
  readonly state: BandState;
}

/** One breaker: which service holds it, in which pipeline, and its states without a gap. */
export interface BreakerBands {
  readonly service: string;
  readonly pipeline: string;
  readonly bands: readonly Band[];
}

const transitions: Readonly<Record<string, BandState>> = {
  'circuit-breaker.opened': 'open',
  'circuit-breaker.half-opened': 'half-open',
  'circuit-breaker.closed': 'closed',
  'circuit-breaker.isolated': 'isolated',
  'circuit-breaker.ramping': 'ramping',
  'circuit-breaker.disabled': 'disabled',
  'circuit-breaker.observing': 'observing',
};

/**
 * The bands of every breaker that spoke in the run, over the whole run. A breaker starts closed, and starts anew when
 * its process does.
 */
export function breakerBands(run: RunTrace): BreakerBands[] {
  const breakers = new Map<string, { service: string; pipeline: string; events: TimedPolicyEvent[] }>();
  for (const timed of run.policyEvents) {
    if (!timed.event.type.startsWith('circuit-breaker.')) continue;
    const key = JSON.stringify([timed.service, timed.event.pipeline]);
    const breaker = breakers.get(key) ?? {
      service: timed.service,
      pipeline: timed.event.pipeline,
      events: [],
    };
    breaker.events.push(timed);
    breakers.set(key, breaker);
  }
  return [...breakers.values()]
    .sort((one, other) => compare(one.service, other.service) || compare(one.pipeline, other.pipeline))
    .map(({ service, pipeline, events }) => ({
      service,
      pipeline,
      bands: bandsOf(
        events,
        run.serviceChanges.filter((change) => change.service === service),
        run,
      ),
    }));
}

/** The same bands, cut to a stretch of time. */
export function clipBands(breaker: BreakerBands, span: Span): BreakerBands {
  const bands = breaker.bands
    .filter((band) => band.to > span.from && band.from < span.to)
    .map((band) => ({
      ...band,
      from: Math.max(band.from, span.from),
      to: Math.min(band.to, span.to),
    }));
  return { ...breaker, bands };
}

function bandsOf(
  events: readonly TimedPolicyEvent[],
  changes: readonly ServiceChange[],
  run: Span,
): readonly Band[] {
  const moments = [
    ...events.flatMap(({ at, event }) => {
      const state = Object.hasOwn(transitions, event.type) ? transitions[event.type] : undefined;
      return state === undefined ? [] : [{ at, state }];
    }),
    ...changes.map((change) => ({ at: change.at, state: afterChange(change) })),
  ].sort((one, other) => one.at - other.at);

  const bands: Band[] = [];
  let state: BandState = 'closed';
  let from = run.from;
  for (const moment of moments) {
    if (moment.state === state) continue;
    extend(bands, { state, from, to: moment.at });
    state = moment.state;
    from = moment.at;
  }
  extend(bands, { state, from, to: run.to });
  return bands;
}

/** A state of no length is no band; once it is left out, its neighbours may be one. */
function extend(bands: Band[], band: Band): void {
  if (band.to <= band.from) return;
  const last = bands.at(-1);
  if (last?.state === band.state) bands[bands.length - 1] = { ...last, to: band.to };
  else bands.push(band);
}

/** A process that ended takes its breaker's memory with it; one that is ready again begins closed. */
function afterChange(change: ServiceChange): BandState {
  return change.state === 'ready' || change.state === 'restarted' ? 'closed' : 'down';
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
