/**
 * Policy events as log lines. What happens once is told once; what happens with every call is told a few times a second
 * and then counted, since a log that grows with the failures is a load of its own.
 */
import type { EventStream, EventType, PolicyEvent } from '@seaworthy/protect';
import type { LogLevel, Logger } from './logger.ts';
import { toWireEvent } from './to-wire.ts';

export interface LogEventsOptions {
  /** How many lines a second are written at most for one type of event in one pipeline; 5 by default. */
  readonly linesPerSecondMax?: number;
}

interface Told {
  secondFrom: number;
  lines: number;
  untold: number;
}

/** Every event has its place here; what goes well with every call is not logged. */
const levels: Readonly<Record<EventType, LogLevel | undefined>> = {
  'call.succeeded': undefined,
  'call.cancelled': undefined,
  'call.failed': 'warn',
  'call.abandoned-work-ended': 'debug',
  'timeout.expired': 'warn',
  'deadline.passed': 'warn',
  'retry.scheduled': 'debug',
  'retry.stopped': 'warn',
  'retry.succeeded': undefined,
  'hedge.started': 'debug',
  'hedge.won': undefined,
  'hedge.refused': 'debug',
  'circuit-breaker.opened': 'warn',
  'circuit-breaker.half-opened': 'info',
  'circuit-breaker.closed': 'info',
  'circuit-breaker.isolated': 'warn',
  'circuit-breaker.ramping': 'info',
  'circuit-breaker.disabled': 'warn',
  'circuit-breaker.observing': 'info',
  'circuit-breaker.rejected': 'warn',
  'bulkhead.queued': 'debug',
  'bulkhead.rejected': 'warn',
  'rate-limit.rejected': 'warn',
  'load-shed.rejected': 'warn',
  'throttle.rejected': 'warn',
  'adaptive-limit.rejected': 'warn',
  'adaptive-limit.changed': 'debug',
  'fallback.answered': 'info',
  'fallback.failed': 'error',
  'cache.hit': undefined,
  'cache.miss': undefined,
  'cache.stale-served': 'info',
  'cache.refresh-failed': 'warn',
  'coalesce.joined': undefined,
  'shared-state.lost': 'warn',
  'shared-state.regained': 'info',
  'endpoints.added': 'info',
  'endpoints.removed': 'info',
  'endpoints.cut': 'warn',
  'endpoints.health-changed': 'warn',
  'endpoints.ejected': 'warn',
  'endpoints.returned': 'info',
  'endpoints.panic-began': 'error',
  'endpoints.panic-ended': 'info',
  'endpoints.source-failed': 'warn',
  'endpoints.source-recovered': 'info',
  'endpoints.not-found': 'error',
  'inject.injected': 'warn',
  'outbox.stored': undefined,
  'outbox.sent': undefined,
  'outbox.retry-scheduled': 'debug',
  'outbox.dead': 'error',
  'outbox.expired': 'error',
  'outbox.taken-over': 'info',
  'outbox.store-failed': 'warn',
  'client.began': 'info',
  'client.lost': 'warn',
  'epoch.refused': 'warn',
  'epoch.orphans-cancelled': 'info',
};

/** Types and pipelines are few; beyond this many pairs, what was told longest ago is forgotten. */
const toldMax = 1000;

/**
 * Logs the policy events at fitting levels; calls that succeed are not logged. Returns the function that ends it.
 *
 * @example const stop = logEvents(runtime.events, createLogger({ service: 'gateway', clock: runtime.clock }));
 */
export function logEvents(events: EventStream, logger: Logger, options: LogEventsOptions = {}): () => void {
  const linesMax = options.linesPerSecondMax ?? 5;
  const told = new Map<string, Told>();

  return events.subscribe((event) => {
    const level = levels[event.type];
    if (!level) return;
    const key = `${event.type} ${event.pipeline}`;
    const last = told.get(key) ?? { secondFrom: event.at, lines: 0, untold: 0 };
    const { untold } = last;
    if (event.at - last.secondFrom >= 1000)
      Object.assign(last, { secondFrom: event.at, lines: 0, untold: 0 });
    if (last.lines === 0) remember(told, key, last);
    if (last.lines >= linesMax) {
      last.untold += 1;
      return;
    }
    last.lines += 1;
    logger[level](event.type, fieldsOf(event, last.lines === 1 ? untold : 0));
  });
}

function fieldsOf(event: PolicyEvent, untold: number): Record<string, unknown> {
  const { type: _, ...fields } = toWireEvent(event);
  return untold > 0 ? { ...fields, untoldBefore: untold } : fields;
}

function remember(told: Map<string, Told>, key: string, value: Told): void {
  told.delete(key);
  told.set(key, value);
  if (told.size <= toldMax) return;
  const [oldest] = told.keys();
  if (oldest !== undefined) told.delete(oldest);
}
