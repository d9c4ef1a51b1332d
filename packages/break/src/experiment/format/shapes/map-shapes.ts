import { entriesMax } from '../limits.ts';
import { hint, listed, type Reading } from './reading.ts';
import { expectation, type Located, type Shape } from './shape.ts';
import { type Place, shorten, type SourceNode } from '../source/source.ts';

/** One key of a map. */
export interface Key<T> {
  readonly shape: Shape<T>;
  /** What it is for, in one line; editors show it. */
  readonly summary: string;
  /** When the key has to be there: an example of its line. */
  readonly required?: string;
  /** What people write instead of this key; leads to a hint, never accepted. */
  readonly slips?: readonly string[];
}

/** The keys of a map by name. */
export type Keys = Readonly<Record<string, Key<unknown>>>;

/** What was read of a map: a key is `undefined` when it is not there or wrong. */
export interface ReadMap<K extends Keys> {
  readonly place: Place;
  readonly fields: { readonly [N in keyof K]: Located<K[N] extends Key<infer T> ? T : never> | undefined };
  /** The keys that are there, right or wrong. */
  readonly present: ReadonlySet<string>;
}

/**
 * A map with known keys. A key in code is written in camel case.
 *
 * @param noun - what the map is, such as `a step`
 * @param example - a line that shows it, for a value that is no map at all
 */
export function object<const K extends Keys>(
  noun: string,
  example: string,
  keys: K,
  foreign?: (name: string) => string | undefined,
): Shape<ReadMap<K>> {
  return {
    schema: {
      type: 'object',
      additionalProperties: false,
      required: Object.keys(keys).filter((name) => keys[name]?.required !== undefined),
      properties: Object.fromEntries(
        Object.entries(keys).map(([name, key]) => [name, { description: key.summary, ...key.shape.schema }]),
      ),
    },
    read(node, reading) {
      if (node.kind !== 'map') {
        return reading.wrong(
          node.place,
          `${expectation(node, noun)}. It is written with keys, such as \`${example}\`.`,
        );
      }
      const fields: Record<string, Located<unknown>> = {};
      const present = new Set<string>();
      for (const { key: written, keyPlace, value } of node.entries) {
        const name = Object.keys(keys).find((candidate) => reading.key(candidate) === written);
        const key = name === undefined ? undefined : keys[name];
        if (name === undefined || key === undefined) {
          reading.wrong(keyPlace, unknownKey(written, keys, reading, foreign));
          continue;
        }
        present.add(name);
        const result = key.shape.read(value, reading);
        if (result !== undefined) fields[name] = { value: result, place: value.place, keyPlace };
      }
      for (const [name, { required }] of Object.entries(keys)) {
        if (required === undefined || present.has(name)) continue;
        const mend = reading.source.style === 'file' ? ` Add a line such as \`${required}\`.` : '';
        reading.wrong(start(node), `\`${reading.key(name)}\` is missing in ${noun}.${mend}`);
      }
      return { place: node.place, fields: fields as ReadMap<K>['fields'], present };
    },
  };
}

/** A map whose keys are names of the user's own. */
export function named<T>(
  noun: string,
  example: string,
  value: Shape<T>,
  name: { readonly pattern: RegExp; readonly problem: (name: string) => string | undefined },
): Shape<readonly (Located<T> & { readonly name: string })[]> {
  return {
    schema: {
      type: 'object',
      additionalProperties: value.schema,
      propertyNames: { pattern: name.pattern.source },
      maxProperties: entriesMax,
    },
    read(node, reading) {
      if (node.kind !== 'map') {
        return reading.wrong(
          node.place,
          `${expectation(node, noun)}. It is written with keys, such as \`${example}\`.`,
        );
      }
      if (node.entries.length > entriesMax) {
        return reading.wrong(
          node.place,
          `${node.entries.length} entries are too many; at most ${entriesMax} are read.`,
        );
      }
      return node.entries.flatMap(({ key, keyPlace, value: entry }) => {
        const problem = name.problem(key);
        if (problem !== undefined) reading.wrong(keyPlace, problem);
        const result = value.read(entry, reading);
        return result === undefined ? [] : [{ name: key, value: result, place: entry.place, keyPlace }];
      });
    },
  };
}

/** One of several maps, told apart by the value of one key. */
export function variant<T>(noun: string, on: string, cases: Readonly<Record<string, Shape<T>>>): Shape<T> {
  const names = Object.keys(cases);
  const [example = ''] = names;
  return {
    schema: { oneOf: Object.values(cases).map(({ schema }) => schema) },
    read(node, reading) {
      if (node.kind !== 'map') {
        return reading.wrong(
          node.place,
          `${expectation(node, noun)}. It is written with keys, such as \`${on}: ${example}\`.`,
        );
      }
      const entry = node.entries.find(({ key }) => key === reading.key(on));
      if (entry === undefined) {
        const slip = node.entries.find(({ key }) => hint(key, [on], '').startsWith(' Did'));
        const near = slip === undefined ? '' : ` Did you mean \`${on}\` by \`${shorten(slip.key)}\`?`;
        return reading.wrong(
          slip?.keyPlace ?? start(node),
          `\`${on}\` is missing in ${noun}.${near} It is one of ${listed(names, 'or')}.`,
        );
      }
      const { value } = entry;
      if (value.kind !== 'text') {
        return reading.wrong(value.place, `${expectation(value, `one of ${listed(names, 'or')}`)}.`);
      }
      const found = Object.hasOwn(cases, value.value) ? cases[value.value] : undefined;
      if (found !== undefined) return found.read(node, reading);
      return reading.wrong(
        value.place,
        `Unknown ${on} \`${shorten(value.value)}\`.${hint(value.value, names, 'There are')}`,
      );
    },
  };
}

/** The first character of a map, where something is missing. */
function start(node: SourceNode & { readonly kind: 'map' }): Place {
  return node.entries[0]?.keyPlace.offset === node.place.offset
    ? { ...node.place, length: node.entries[0]?.keyPlace.length ?? 1 }
    : { ...node.place, length: 1 };
}

function unknownKey(
  written: string,
  keys: Keys,
  reading: Reading,
  foreign: ((name: string) => string | undefined) | undefined,
): string {
  const own = foreign?.(written);
  if (own !== undefined) return own;
  const meant = Object.keys(keys).find((name) => keys[name]?.slips?.includes(written.toLowerCase()));
  const known = Object.keys(keys).map((name) => reading.key(name));
  const near =
    meant === undefined
      ? hint(written, known, 'The keys here are')
      : ` Did you mean \`${reading.key(meant)}\`?`;
  return `Unknown key \`${shorten(written)}\`.${near}`;
}
