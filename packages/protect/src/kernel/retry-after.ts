/**
 * How long the other side asks to be left alone, in milliseconds, where an error or a response says so: an error's
 * `retryAfterMs`, or a `Retry-After` header (RFC 9110, section 10.2.3) in seconds or as a date.
 *
 * @param unixMs - the time now; only needed when the answer carries a date in Retry-After and none of its own
 */
export function readRetryAfter(outcome: unknown, unixMs: () => number): number | undefined {
  if (typeof outcome !== 'object' || outcome === null) return undefined;
  const { retryAfterMs, headers, response } = outcome as Outcome;
  if (typeof retryAfterMs === 'number' && retryAfterMs >= 0) return retryAfterMs;
  return fromHeaders(headers, unixMs) ?? fromHeaders(response?.headers, unixMs);
}

interface Outcome {
  retryAfterMs?: unknown;
  headers?: unknown;
  response?: { headers?: unknown };
}

function fromHeaders(headers: unknown, unixMs: () => number): number | undefined {
  const text = headerOf(headers, 'retry-after');
  if (text === undefined) return undefined;
  // Whole seconds, but some send fractions, which would be read as a date.
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const until = Date.parse(text);
  if (Number.isNaN(until)) return undefined;
  // The server's own date is the better start: the two clocks may differ.
  const sentAt = Date.parse(headerOf(headers, 'date') ?? '');
  return Math.max(0, until - (Number.isNaN(sentAt) ? unixMs() : sentAt));
}

/** A header from a `Headers` object or a plain one. */
export function headerOf(headers: unknown, name: string): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const get = (headers as { get?: unknown }).get;
  const value: unknown =
    typeof get === 'function' ? get.call(headers, name) : (headers as Record<string, unknown>)[name];
  return typeof value === 'string' ? value.trim() : undefined;
}
