/**
 * What the events of policies mean to a reader of a run: did the policy answer for a broken dependency, did it only
 * contain the damage, or does it merely tell of itself?
 */

import type { TimedPolicyEvent } from './run.ts';

/** `answers`: the caller was served all the same. `contains`: the call failed, but fast and without more harm. */
export type Meaning = 'answers' | 'contains' | 'tells';

interface Word {
  readonly policy: string;
  readonly meaning: Meaning;
  /** Continues "the policy ...". */
  readonly did: string;
}

/** Every event that says something of a policy at work; the names are those of the event stream. */
const vocabulary: Readonly<Record<string, Word>> = {
  'timeout.expired': { policy: 'timeout', meaning: 'contains', did: 'ended waiting' },
  'deadline.passed': { policy: 'deadline', meaning: 'contains', did: 'did not begin late work' },
  'retry.scheduled': { policy: 'retry', meaning: 'tells', did: 'planned another attempt' },
  'retry.succeeded': { policy: 'retry', meaning: 'answers', did: 'succeeded with a later attempt' },
  'retry.stopped': { policy: 'retry', meaning: 'contains', did: 'gave up' },
  'hedge.started': { policy: 'hedge', meaning: 'tells', did: 'sent a second attempt' },
  'hedge.won': { policy: 'hedge', meaning: 'answers', did: 'won with a second attempt' },
  'hedge.refused': { policy: 'hedge', meaning: 'tells', did: 'was out of budget' },
  'circuit-breaker.opened': { policy: 'circuit-breaker', meaning: 'contains', did: 'opened' },
  'circuit-breaker.half-opened': { policy: 'circuit-breaker', meaning: 'tells', did: 'half-opened' },
  'circuit-breaker.closed': { policy: 'circuit-breaker', meaning: 'tells', did: 'closed' },
  'circuit-breaker.isolated': { policy: 'circuit-breaker', meaning: 'contains', did: 'was isolated by hand' },
  'circuit-breaker.ramping': { policy: 'circuit-breaker', meaning: 'tells', did: 'let a growing share pass' },
  'circuit-breaker.disabled': { policy: 'circuit-breaker', meaning: 'tells', did: 'was disabled by hand' },
  'circuit-breaker.observing': { policy: 'circuit-breaker', meaning: 'tells', did: 'was told to count only' },
  'circuit-breaker.rejected': { policy: 'circuit-breaker', meaning: 'contains', did: 'rejected at once' },
  'bulkhead.queued': { policy: 'bulkhead', meaning: 'tells', did: 'queued' },
  'bulkhead.rejected': { policy: 'bulkhead', meaning: 'contains', did: 'rejected when full' },
  'rate-limit.rejected': { policy: 'rate-limit', meaning: 'contains', did: 'rejected above the rate' },
  'load-shed.rejected': { policy: 'load-shed', meaning: 'contains', did: 'shed load' },
  'throttle.rejected': { policy: 'throttle', meaning: 'contains', did: 'held calls back' },
  'adaptive-limit.rejected': {
    policy: 'adaptive-limit',
    meaning: 'contains',
    did: 'rejected above the limit',
  },
  'adaptive-limit.changed': { policy: 'adaptive-limit', meaning: 'tells', did: 'moved its limit' },
  'fallback.answered': { policy: 'fallback', meaning: 'answers', did: 'answered' },
  'fallback.failed': { policy: 'fallback', meaning: 'tells', did: 'failed itself' },
  'cache.hit': { policy: 'cache', meaning: 'tells', did: 'answered from memory' },
  'cache.miss': { policy: 'cache', meaning: 'tells', did: 'missed' },
  'cache.stale-served': { policy: 'cache', meaning: 'answers', did: 'served a value past its time' },
  'cache.refresh-failed': { policy: 'cache', meaning: 'tells', did: 'could not refresh' },
  'endpoints.ejected': { policy: 'endpoints', meaning: 'contains', did: 'took out a server that failed' },
  'endpoints.returned': { policy: 'endpoints', meaning: 'tells', did: 'let a server come back' },
  'endpoints.panic-began': {
    policy: 'endpoints',
    meaning: 'tells',
    did: 'used all servers, the ill ones too',
  },
  'endpoints.source-failed': {
    policy: 'endpoints',
    meaning: 'contains',
    did: 'kept the servers known before',
  },
  'endpoints.not-found': { policy: 'endpoints', meaning: 'contains', did: 'found no server' },
  'coalesce.joined': { policy: 'coalesce', meaning: 'tells', did: 'joined calls' },
  'outbox.retry-scheduled': { policy: 'outbox', meaning: 'contains', did: 'kept an intent to be sent later' },
  'outbox.taken-over': {
    policy: 'outbox',
    meaning: 'answers',
    did: 'took over what a dead process was sending',
  },
  'outbox.dead': { policy: 'outbox', meaning: 'tells', did: 'gave an intent up' },
  'outbox.expired': { policy: 'outbox', meaning: 'tells', did: 'gave up an intent that was too old' },
  'epoch.refused': { policy: 'epoch-guard', meaning: 'contains', did: 'refused a call of an earlier life' },
  'epoch.orphans-cancelled': { policy: 'epoch-guard', meaning: 'contains', did: 'stopped orphaned calls' },
  'shared-state.lost': { policy: 'shared-state', meaning: 'tells', did: 'lost its store' },
  'shared-state.regained': { policy: 'shared-state', meaning: 'tells', did: 'reached its store again' },
};

/** The word for an event; undefined for events that are no policy's, such as `calls.counted`. */
export function wordFor(type: string): Word | undefined {
  return Object.hasOwn(vocabulary, type) ? vocabulary[type] : undefined;
}

/** How many happenings an event stands for: its `count`, where events were counted before they were sent, else 1. */
export function timesOf({ event }: TimedPolicyEvent): number {
  const { count } = event;
  return typeof count === 'number' && Number.isFinite(count) && count > 0 ? count : 1;
}

/** A pipeline's place in the words of hypotheses: `inventory of gateway`. */
export function placeName({ service, pipeline }: { service: string; pipeline: string }): string {
  return `${pipeline} of ${service}`;
}
