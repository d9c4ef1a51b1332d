import { entriesMax } from '../limits.ts';
import { nearest } from './nearest.ts';
import { hint, listed, type Reading } from './reading.ts';
import { type Located, type Shape, unlike } from './shape.ts';
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

/** What was read of a map whose keys are the user's own. */
export interface ReadNames<T> {
  /** Every name that is there, also of an entry that could not be read. */
  readonly names: readonly string[];
  readonly entries: readonly (Located<T> & { readonly name: string })[];
}

/**
 * A map with known keys. A key in code is written in camel case.
 *
 * @param noun - what the map is, such as `this step`
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
        return reading.wrong(node.place, unlike(node, 'a map of keys', reading, example));
      }
      const fields: Record<string, Located<unknown>> = {};
      const present = new Set<string>();
      for (const { key: written, keyPlace, value } of node.entries) {
        const name = Object.keys(keys).find((candidate) => reading.key(candidate) === written);
        const key = name === undefined ? undefined : keys[name];
        if (name === undefined || key === undefined) {
          const own = foreign?.(written);
          const meant = meantKey(written, keys, reading);
          // What was meant is there, if in other words; to miss it as well would be a second mistake for one slip.
          if (own === undefined && meant !== undefined) present.add(meant);
          reading.wrong(keyPlace, own ?? unknownKey(written, meant, keys, reading));
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
  example: string,
  value: Shape<T>,
  name: { readonly pattern: RegExp; readonly problem: (name: string) => string | undefined },
): Shape<ReadNames<T>> {
  return {
    schema: {
      type: 'object',
      additionalProperties: value.schema,
      propertyNames: { pattern: name.pattern.source },
      maxProperties: entriesMax,
    },
    read(node, reading) {
      if (node.kind !== 'map') {
        return reading.wrong(node.place, unlike(node, 'a map of keys', reading, example));
      }
      if (node.entries.length > entriesMax) {
        return reading.wrong(
          node.place,
          `${node.entries.length} entries are too many; at most ${entriesMax} are read.`,
        );
      }
      const entries = node.entries.flatMap(({ key, keyPlace, value: entry }) => {
        const problem = name.problem(key);
        if (problem !== undefined) reading.wrong(keyPlace, problem);
        const result = value.read(entry, reading);
        return result === undefined ? [] : [{ name: key, value: result, place: entry.place, keyPlace }];
      });
      return { names: node.entries.map(({ key }) => key), entries };
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
        return reading.wrong(node.place, unlike(node, 'a map of keys', reading, `${on}: ${example}`));
      }
      const entry = node.entries.find(({ key }) => key === reading.key(on));
      if (entry === undefined) {
        const { place, message } = missingChoice(node, noun, on, names);
        return reading.wrong(place, message);
      }
      const { value } = entry;
      if (value.kind !== 'text') {
        return reading.wrong(value.place, unlike(value, `one of ${listed(names, 'or')}`, reading));
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

/** Why the key that tells maps apart is not there: a slip, or its value in its place (`kill: inventory`). */
function missingChoice(
  node: SourceNode & { readonly kind: 'map' },
  noun: string,
  on: string,
  names: readonly string[],
): { readonly place: Place; readonly message: string } {
  const slip = node.entries.find(({ key }) => nearest(key, [on]) !== undefined);
  if (slip !== undefined) {
    return { place: slip.keyPlace, message: `Unknown key \`${shorten(slip.key)}\`. Did you mean \`${on}\`?` };
  }
  const value = node.entries.find(({ key }) => names.includes(key));
  if (value !== undefined) {
    return {
      place: value.keyPlace,
      message: `\`${value.key}\` is no key but a ${on}. Write \`${on}: ${value.key}\`.`,
    };
  }
  return {
    place: start(node),
    message: `\`${on}\` is missing in ${noun}. It is one of ${listed(names, 'or')}.`,
  };
}

/** The first character of a map, where something is missing. */
function start(node: SourceNode & { readonly kind: 'map' }): Place {
  return node.entries[0]?.keyPlace.offset === node.place.offset
    ? { ...node.place, length: node.entries[0]?.keyPlace.length ?? 1 }
    : { ...node.place, length: 1 };
}

/** The key that was probably meant by an unknown one. */
function meantKey(written: string, keys: Keys, reading: Reading): string | undefined {
  const names = Object.keys(keys);
  const slip = names.find((name) => keys[name]?.slips?.includes(written.toLowerCase()));
  const near = nearest(
    written,
    names.map((name) => reading.key(name)),
  );
  return slip ?? names.find((name) => reading.key(name) === near);
}

function unknownKey(written: string, meant: string | undefined, keys: Keys, reading: Reading): string {
  const known = Object.keys(keys).map((name) => reading.key(name));
  const mend =
    meant === undefined ? ` The keys here are ${listed(known)}.` : ` Did you mean \`${reading.key(meant)}\`?`;
  return `Unknown key \`${shorten(written)}\`.${mend}`;
}
