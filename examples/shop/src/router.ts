/**
 * Which handler answers a request: a list of routes, first match wins.
 */

/** A path such as `/stock/:sku` and what answers it. */
export interface Route<Handler> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly handle: Handler;
}

/** What matched, with the values of the path's `:names`; or that only the method was wrong. */
export type Match<Handler> =
  | { readonly found: true; readonly handle: Handler; readonly params: Readonly<Record<string, string>> }
  | { readonly found: false; readonly allow: readonly string[] };

/** Prepares `routes` for matching. HEAD is answered as GET. */
export function router<Handler>(
  routes: readonly Route<Handler>[],
): (method: string, path: string) => Match<Handler> {
  const prepared = routes.map((route) => ({ route, parts: route.path.split('/') }));
  return (method, path) => {
    const parts = path.split('/');
    const wanted = method === 'HEAD' ? 'GET' : method;
    const allow: string[] = [];
    for (const { route, parts: pattern } of prepared) {
      const params = matchParts(pattern, parts);
      if (params === undefined) continue;
      if (route.method === wanted) return { found: true, handle: route.handle, params };
      allow.push(route.method);
    }
    return { found: false, allow };
  };
}

function matchParts(
  pattern: readonly string[],
  parts: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? '';
    if (expected.startsWith(':')) {
      const value = decode(part);
      if (value === undefined || value === '') return undefined;
      params[expected.slice(1)] = value;
    } else if (expected !== part) return undefined;
  }
  return params;
}

/** A path with a broken escape such as `%zz` matches nothing. */
function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
