/**
 * Everything that a policy says of itself. One stream feeds logs, metrics, traces, dashboards and experiments, so an
 * event's name is part of the public interface: `policy.what-happened`.
 */
export interface EventDetails {
  /** A call through a pipeline ended well; `attempts` is how often the work was begun. */
  'call.succeeded': { durationMs: number; attempts: number };
  /** A call ended with an error, ours or the work's own. */
  'call.failed': { durationMs: number; attempts: number; error: unknown };
  /** The caller gave the call up; neither a success nor a failure. */
  'call.cancelled': { durationMs: number; attempts: number; reason: unknown };
  /** Work that was abandoned (a time-out, a caller's abort) came to its end after all. */
  'call.abandoned-work-ended': { error?: unknown };

  'timeout.expired': { afterMs: number };
  'deadline.passed': { lateMs: number };

  /** Another attempt follows after `delayMs`; `attempt` is the number of the attempt that failed, from 1. */
  'retry.scheduled': { attempt: number; delayMs: number; error: unknown };
  /** No further attempt is made. */
  'retry.stopped': {
    attempts: number;
    because: 'attempts' | 'elapsed' | 'deadline' | 'budget' | 'nested' | 'retry-after';
    error: unknown;
  };
  'retry.succeeded': { attempts: number };

  'hedge.started': { attempt: number; afterMs: number };
  'hedge.won': { attempt: number };
  'hedge.refused': { because: 'budget' };

  'circuit-breaker.opened': { from: BreakerState; openForMs: number; because: string };
  'circuit-breaker.half-opened': { from: BreakerState };
  'circuit-breaker.closed': { from: BreakerState };
  'circuit-breaker.isolated': { from: BreakerState };
  /** It lets a growing share of calls pass, on its way from half-open to closed. */
  'circuit-breaker.ramping': { from: BreakerState };
  'circuit-breaker.disabled': { from: BreakerState };
  /** It counts and lets every call pass: metrics only. */
  'circuit-breaker.observing': { from: BreakerState };
  'circuit-breaker.rejected': { state: BreakerState; retryAfterMs: number | undefined };

  'bulkhead.queued': { waiting: number };
  'bulkhead.rejected': { because: 'full' | 'queue-timeout'; running: number; waiting: number };

  'rate-limit.rejected': { retryAfterMs: number | undefined };
  'load-shed.rejected': { because: string; criticality: string };
  'throttle.rejected': { probability: number };
  'adaptive-limit.rejected': { limit: number };
  'adaptive-limit.changed': { limit: number; from: number };

  'fallback.answered': { error: unknown };
  'fallback.failed': { error: unknown; fallbackError: unknown };

  'cache.hit': { ageMs: number };
  'cache.miss': { expired: boolean };
  /** A value past its time was served: while it is refreshed, or because refreshing failed. */
  'cache.stale-served': { ageMs: number; because: 'revalidating' | 'error' };
  'cache.refresh-failed': { error: unknown };

  'coalesce.joined': { waiting: number };

  /** What is shared with other processes cannot be reached; `policy` goes by its rule for that. */
  'shared-state.lost': { policy: string; store: string; error: unknown };
  'shared-state.regained': { policy: string; store: string };

  /** A server became known, or is no longer; `known` is how many there are now. `pipeline` is the name of the endpoints. */
  'endpoints.added': { endpoint: string; known: number };
  'endpoints.removed': { endpoint: string; known: number };
  /** The source told of more servers than are taken over. */
  'endpoints.cut': { listed: number; known: number };
  /** Health checks found a server in another state than before. */
  'endpoints.health-changed': { endpoint: string; to: 'healthy' | 'unhealthy'; error?: unknown };
  /** Calls to a server failed, so that it gets none for a time; `times` is how often in a row of such times. */
  'endpoints.ejected': {
    endpoint: string;
    forMs: number;
    because: 'consecutive-failures' | 'failure-rate';
    times: number;
  };
  'endpoints.returned': { endpoint: string };
  /** So few servers are available that the others are used as well. */
  'endpoints.panic-began': { known: number; available: number };
  'endpoints.panic-ended': { known: number; available: number };
  /** The source could not say where the servers are; those known before are kept. */
  'endpoints.source-failed': { error: unknown; known: number };
  'endpoints.source-recovered': { known: number };
  /** A call found no server to go to. */
  'endpoints.not-found': { because: NotFoundReason; known: number; unhealthy: number; ejected: number };

  /** A fault was injected on purpose inside the process; `fault` is its id. */
  'inject.injected': { fault: string; effect: 'latency' | 'error' | 'result' | 'behaviour' };

  /** An intent is in the store, and will be sent. Here and below `pipeline` is the outbox's name. */
  'outbox.stored': { key: string };
  'outbox.sent': { key: string; attempts: number };
  /** An attempt failed, or was turned away before it was begun; another one follows after `delayMs`. */
  'outbox.retry-scheduled': { key: string; attempts: number; delayMs: number; error: unknown };
  /** An intent is given up, and waits among the dead letters for someone to decide. */
  'outbox.dead': { key: string; attempts: number; because: 'attempts' | 'rejected'; error: unknown };
  /** The time of an intent was over before it was sent; it is among the dead letters. */
  'outbox.expired': { key: string; attempts: number };
  /** An intent was in the hands of a process that is no more, or of its earlier life: whether it was sent is unknown. */
  'outbox.taken-over': { key: string; client: string; epoch: number };
  /** The relay could not read or write the store; it tries again. */
  'outbox.store-failed': { error: unknown };

  /** A client began a life: each has a higher epoch than the one before. Here and below `pipeline` is the client's name. */
  'client.began': { epoch: number };
  /** The client's life is over: it did not renew its lease in time, or a newer life of it began elsewhere. */
  'client.lost': { epoch: number; because: 'lease' | 'newer-life' };

  /** A call of an earlier life of a client was refused. Here and below `pipeline` is the guard's scope. */
  'epoch.refused': { client: string; epoch: number; newest: number };
  /** Calls of an earlier life were at work when a newer life showed up; they are told to stop. */
  'epoch.orphans-cancelled': { client: string; newest: number; calls: number };
}

/** Why there is no server to go to. */
export type NotFoundReason = 'none-known' | 'source-failed' | 'none-available' | 'closed';

/** The states of a circuit breaker. */
export type BreakerState =
  | 'closed'
  | 'open'
  | 'half-open'
  | 'ramping'
  | 'isolated'
  | 'disabled'
  | 'observing';

/** The name of an event. */
export type EventType = keyof EventDetails;

/** One event: what happened, when on the runtime's clock (milliseconds), and in which pipeline. */
export type PolicyEvent = {
  [T in EventType]: { readonly type: T; readonly at: number; readonly pipeline: string } & Readonly<
    EventDetails[T]
  >;
}[EventType];

/** Says what happened in one pipeline; `at` is now, unless it is given. */
export type Emit = <T extends EventType>(type: T, details: EventDetails[T], at?: number) => void;

/** Hears events. What it throws is reported once and never reaches a call. */
export type EventListener = (event: PolicyEvent) => void;

/** The one stream of events of a runtime. */
export class EventStream {
  /** Whether anyone listens; policies build no event while nobody does. */
  active = false;
  #listeners: readonly EventListener[] = [];
  readonly #broken = new WeakSet<EventListener>();

  /** Calls `listener` for every event from now on; returns the function that ends it. */
  subscribe(listener: EventListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    this.active = true;
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
      this.active = this.#listeners.length > 0;
    };
  }

  /** Tells every listener. */
  emit(event: PolicyEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#report(listener, error);
      }
    }
  }

  /** A listener that throws must not fail a call that succeeded, nor flood the log. */
  #report(listener: EventListener, error: unknown): void {
    if (this.#broken.has(listener)) return;
    this.#broken.add(listener);
    console.error('seaworthy: an event listener threw.', error);
  }
}
