/**
 * What a call hands down to the process it asks: how much time is left, which attempt this is, how critical it is.
 *
 * There is no standard for a deadline over HTTP. Envoy's header is read by many, but an Envoy in between writes its own
 * value into it, so that ours goes along; whoever reads takes the shorter one. The same holds for the attempt.
 */
import type { Attempt } from '../kernel/attempt.ts';
import { withCriticality } from './baggage.ts';

/** The names of the headers. */
export const contextHeader = {
  /** Milliseconds that are left, as Envoy writes and reads it. */
  envoyTimeout: 'x-envoy-expected-rq-timeout-ms',
  /** Milliseconds that are left. */
  timeout: 'seaworthy-timeout-ms',
  /** The number of the attempt, as Envoy writes and reads it. */
  envoyAttempt: 'x-envoy-attempt-count',
  /** The number of the attempt, from 1. */
  attempt: 'seaworthy-attempt',
  /** W3C baggage, with the criticality as a member. */
  baggage: 'baggage',
} as const;

/** What is read of an attempt. */
export type AttemptContext = Pick<Attempt, 'remainingMs' | 'handedDown'>;

/**
 * The headers by which an attempt tells the process that it asks how much time is left, which attempt it is, and how
 * critical: for a client of your own. The first attempt without deadline and criticality has none.
 *
 * @param sent - what the request has in a header already; a shorter time in it and other baggage are kept
 * @example await line.run((attempt) => axios.get(url, { signal: attempt.signal, headers: contextHeaders(attempt) }));
 */
export function contextHeaders(
  { remainingMs, handedDown }: AttemptContext,
  sent: (name: string) => string | undefined = () => undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  if (remainingMs !== Infinity) {
    // Rounded down, so that nobody takes longer than is left; 0 would be no limit at all to Envoy.
    const leftMs = Math.max(1, Math.floor(remainingMs));
    for (const name of [contextHeader.envoyTimeout, contextHeader.timeout]) {
      headers[name] = String(Math.min(leftMs, readWhole(sent(name)) ?? leftMs));
    }
  }
  const { attempt, criticality } = handedDown;
  if (attempt > 1) {
    headers[contextHeader.envoyAttempt] = String(attempt);
    headers[contextHeader.attempt] = String(attempt);
  }
  if (criticality !== undefined) {
    headers[contextHeader.baggage] = withCriticality(sent(contextHeader.baggage), criticality);
  }
  return headers;
}

/** A whole number from 0 of up to nine digits; `undefined` for anything else. */
export function readWhole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
