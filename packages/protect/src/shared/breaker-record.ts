/** What processes tell each other of a circuit breaker: one record in a store. */

/** The states that others are told of; half-open is each process's own affair. */
export type SharedBreakerState = 'open' | 'closed' | 'isolated' | 'disabled' | 'observing';

/** The last change of state that anyone published. */
export interface BreakerRecord {
  readonly state: SharedBreakerState;
  /** For `open`: how long from the writing of the record on, in milliseconds. */
  readonly openForMs: number;
  /** The process that published it. */
  readonly by: string;
}

const states: ReadonlySet<unknown> = new Set(['open', 'closed', 'isolated', 'disabled', 'observing']);

export function encodeBreaker({ state, openForMs, by }: BreakerRecord): string {
  return JSON.stringify({ state, openForMs, by });
}

/** The record, or `undefined` for a text that is none, as another version of this package may have written. */
export function decodeBreaker(text: string): BreakerRecord | undefined {
  try {
    const { state, openForMs, by } = JSON.parse(text) as BreakerRecord;
    const isOne = states.has(state) && Number.isFinite(openForMs) && typeof by === 'string';
    return isOne ? { state, openForMs, by } : undefined;
  } catch {
    return undefined;
  }
}
