/**
 * Header fields of a request in any of the shapes that undici takes (an object, a flat list of names and values, pairs),
 * as an object with lower-case names. A field that is there twice has a list of values.
 */
export function readDispatchHeaders(headers: unknown): Record<string, unknown> {
  const all: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of pairsOf(headers)) {
    const key = name.toLowerCase();
    all[key] = key in all ? [all[key], value].flat() : value;
  }
  return all;
}

function pairsOf(headers: unknown): Iterable<readonly [string, unknown]> {
  if (typeof headers !== 'object' || headers === null) return [];
  if (Array.isArray(headers)) {
    return headers.flatMap((name: string, i) => (i % 2 === 0 ? [[name, headers[i + 1]] as const] : []));
  }
  if (Symbol.iterator in headers) return headers as Iterable<readonly [string, unknown]>;
  return Object.entries(headers);
}
