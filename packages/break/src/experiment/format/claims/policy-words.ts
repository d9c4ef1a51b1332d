import type { EventType } from '@seaworthy/protect';

/** What the policies are said to do in expectations, and the event in which each says so itself. */
export interface PolicyWords {
  /** The policy's standard name, as events have it. */
  readonly policy: string;
  /** Other names under which a file may speak of it. */
  readonly alsoCalled: readonly string[];
  /** What it does, as a verb, with the event that tells of it. */
  readonly verbs: Readonly<Record<string, EventType>>;
  /** Words for an event that does not happen: `stays closed`. */
  readonly denials: Readonly<Record<string, EventType>>;
}

const words = (
  policy: string,
  verbs: PolicyWords['verbs'],
  alsoCalled: readonly string[] = [],
  denials: PolicyWords['denials'] = {},
): PolicyWords => ({ policy, alsoCalled, verbs, denials });

/** Every policy that an expectation can speak of. */
export const policyWords: readonly PolicyWords[] = [
  words(
    'circuit-breaker',
    {
      opens: 'circuit-breaker.opened',
      'half-opens': 'circuit-breaker.half-opened',
      closes: 'circuit-breaker.closed',
      rejects: 'circuit-breaker.rejected',
    },
    ['breaker'],
    { 'stays closed': 'circuit-breaker.opened' },
  ),
  words('fallback', { answers: 'fallback.answered', fails: 'fallback.failed' }),
  words('timeout', { expires: 'timeout.expired' }),
  words('deadline', { passes: 'deadline.passed' }),
  words('retry', {
    retries: 'retry.scheduled',
    stops: 'retry.stopped',
    'gives up': 'retry.stopped',
    succeeds: 'retry.succeeded',
  }),
  words('hedge', { starts: 'hedge.started', wins: 'hedge.won' }),
  words('bulkhead', { rejects: 'bulkhead.rejected', queues: 'bulkhead.queued' }),
  words('rate-limit', { rejects: 'rate-limit.rejected' }, ['rate limiter']),
  words('load-shed', { rejects: 'load-shed.rejected', sheds: 'load-shed.rejected' }, ['load shedder']),
  words('throttle', { rejects: 'throttle.rejected' }),
  words('adaptive-limit', { rejects: 'adaptive-limit.rejected', changes: 'adaptive-limit.changed' }),
  words('cache', {
    'serves stale': 'cache.stale-served',
    hits: 'cache.hit',
    misses: 'cache.miss',
  }),
  words('coalesce', { joins: 'coalesce.joined' }),
  words('endpoints', {
    ejects: 'endpoints.ejected',
    panics: 'endpoints.panic-began',
    'finds nobody': 'endpoints.not-found',
  }),
];

/** What an event's expectation is counted from when the line does not say: a breaker closes once the fault is gone. */
export function countedFrom(eventType: EventType, within: boolean): 'fault-began' | 'fault-ended' {
  return within && eventType === 'circuit-breaker.closed' ? 'fault-ended' : 'fault-began';
}
