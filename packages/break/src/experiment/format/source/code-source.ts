import type { Place, SourceNode } from './source.ts';

/** How deep a definition in code is followed; also ends circles. */
const depthMax = 24;

/**
 * Turns a definition in code into the same tree as a file, so that the same rules read it. Places are paths of keys.
 *
 * @param asObject - paths whose value is taken as it is, such as a system that was loaded before
 */
export function fromCode(value: unknown, asObject: readonly string[], path = '', depth = 0): SourceNode {
  const place: Place = { path, offset: undefined, length: 1 };
  switch (typeof value) {
    case 'string':
      return { kind: 'text', place, value, textOffset: undefined, runsOn: false };
    case 'number':
      return { kind: 'number', place, value, raw: String(value) };
    case 'boolean':
      return { kind: 'boolean', place, value, raw: String(value) };
    case 'object':
      if (value === null) return { kind: 'nothing', place, commentFollows: false };
      if (asObject.includes(path) || depth > depthMax) return { kind: 'object', place, value };
      if (Array.isArray(value)) {
        const items = value.map((item, index) => fromCode(item, asObject, `${path}[${index}]`, depth + 1));
        return { kind: 'list', place, items };
      }
      return { kind: 'map', place, entries: entriesOf(value, asObject, path, depth) };
    case 'undefined':
      return { kind: 'nothing', place, commentFollows: false };
    default:
      return { kind: 'object', place, value: Object(value) as object };
  }
}

/** A key whose value is `undefined` is not there. */
function entriesOf(
  value: object,
  asObject: readonly string[],
  path: string,
  depth: number,
): (SourceNode & { kind: 'map' })['entries'] {
  return Object.entries(value).flatMap(([key, inner]) => {
    if (inner === undefined) return [];
    const at = path === '' ? key : `${path}.${key}`;
    const keyPlace: Place = { path: at, offset: undefined, length: 1 };
    return [{ key, keyPlace, value: fromCode(inner, asObject, at, depth + 1) }];
  });
}
