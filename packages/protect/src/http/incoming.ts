/** The reading side: what the caller of a request handed down. */
import type { Ambient } from '../kernel/ambient.ts';
import type { Criticality } from '../kernel/criticality.ts';
import { type Duration, parseDuration } from '../kernel/duration.ts';
import { knownKeys } from '../kernel/options.ts';
import { defaultRuntime, type Runtime } from '../kernel/runtime.ts';
import { idempotencyKeyHeader, readIdempotencyKey } from '../idempotency/key.ts';
import { criticalityOf } from './baggage.ts';
import { contextHeader, readWhole } from './context-headers.ts';

/** The headers of a request: `Headers`, or an object with lower-case names as node:http has it. */
export type IncomingHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** How far the caller is believed. */
export interface IncomingOptions {
  /**
   * Whether the caller is one of our own services. Default false: what it says of its attempts and its criticality is
   * ignored, since anyone could call himself critical.
   */
  readonly trusted?: boolean;
  /** No request has more time, whatever it says, and one that says nothing has as much. Default: no limit. */
  readonly timeoutMax?: Duration;
  /** For the clock, and for what is ambient. Default: the one runtime of the process. */
  readonly runtime?: Runtime;
}

/** What a request brought along. */
export interface Incoming {
  /** Milliseconds left until the caller gives up; `Infinity` where it said nothing, 0 when it has given up. */
  readonly remainingMs: number;
  /** The number of the caller's attempt; above 1 it is retrying already, and pipelines within do not. */
  readonly attempt: number;
  readonly criticality: Criticality | undefined;
  /**
   * The idempotency key.
   *
   * @throws KeyInvalidError when the header is there and is no key; answer 400
   */
  readonly key: string | undefined;
  /** For the option `within` of a call, where there is no AsyncLocalStorage. */
  readonly handedDown: Ambient;
  /**
   * Runs `work` as part of the caller's work: pipelines called by it keep to the deadline, begin nothing once it has
   * passed, and do not repeat what the caller is repeating.
   */
  run<T>(work: () => T): T;
}

/**
 * Reads what a caller handed down: its deadline, attempt, criticality and idempotency key. Headers that cannot be read
 * count as absent.
 *
 * @throws OptionsError
 * @example
 * const incoming = readIncoming(request.headers, { trusted: true, timeoutMax: '10s' });
 * if (incoming.remainingMs === 0) return response.writeHead(504).end();
 * await incoming.run(() => handle(request, response));
 */
export function readIncoming(headers: IncomingHeaders, options: IncomingOptions = {}): Incoming {
  knownKeys('readIncoming', options, ['trusted', 'timeoutMax', 'runtime']);
  const { trusted = false, timeoutMax, runtime = defaultRuntime } = options;
  const get = (name: string) => headerOf(headers, name);
  const { clock, ambient } = runtime;
  const timeoutMs = Math.min(
    timeoutMax === undefined ? Infinity : parseDuration('timeoutMax', timeoutMax),
    readWhole(get(contextHeader.envoyTimeout)) ?? Infinity,
    readWhole(get(contextHeader.timeout)) ?? Infinity,
  );
  const attempt = trusted
    ? Math.max(1, readWhole(get(contextHeader.envoyAttempt)) ?? 1, readWhole(get(contextHeader.attempt)) ?? 1)
    : 1;
  const criticality = trusted ? criticalityOf(get(contextHeader.baggage)) : undefined;
  const deadline = timeoutMs === Infinity ? Infinity : clock.now() + timeoutMs;
  const handedDown: Ambient = { deadline, attempt, criticality };
  return {
    handedDown,
    attempt,
    criticality,
    get remainingMs() {
      return Math.max(0, deadline - clock.now());
    },
    get key() {
      const value = get(idempotencyKeyHeader);
      return value === undefined ? undefined : readIdempotencyKey(value);
    },
    run: (work) => ambient.run(handedDown, work),
  };
}

function headerOf(headers: IncomingHeaders, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined;
  const value = (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name];
  return typeof value === 'string' ? value : value?.join(',');
}
