import { entriesMax } from '../limits.ts';
import type { Reading } from './reading.ts';
import { describe, keyOf, type Place, shorten, type SourceNode } from '../source/source.ts';

/**
 * The description of a value: how it is read from a source with every mistake noted, and how an editor is told of it.
 * Files, definitions in code and the JSON schema all come from the same shapes, so that they cannot disagree.
 */
export interface Shape<T> {
  /** Reads a value; `undefined` when it is wrong, which is then noted in the reading. */
  read(node: SourceNode, reading: Reading): T | undefined;
  /** The value as JSON Schema (draft 7) says it. */
  readonly schema: JsonSchema;
}

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** A value that was read, with the place where it stands. */
export interface Located<T> {
  readonly value: T;
  readonly place: Place;
  readonly keyPlace: Place;
}

/** A list. A single value stands for a list of one when `alone` is set. */
export function list<T>(
  item: Shape<T>,
  options: {
    readonly least?: number;
    readonly none?: string;
    readonly example: string;
    readonly alone?: boolean;
  },
): Shape<readonly Located<T>[]> {
  const { least = 0, none = '', example, alone = false } = options;
  const array = { type: 'array', items: item.schema, minItems: least, maxItems: entriesMax };
  return {
    schema: alone ? { anyOf: [item.schema, array] } : array,
    read(node, reading) {
      if (node.kind !== 'list' && alone) {
        const value = item.read(node, reading);
        return value === undefined ? undefined : [{ value, place: node.place, keyPlace: node.place }];
      }
      if (node.kind !== 'list') {
        return reading.wrong(node.place, unlike(node, 'a list', reading, example));
      }
      if (node.items.length < least) {
        return reading.wrong(node.place, `\`${keyOf(node.place)}\` is empty. ${none}`);
      }
      if (node.items.length > entriesMax) {
        return reading.wrong(
          node.place,
          `${node.items.length} entries are too many; at most ${entriesMax} are read.`,
        );
      }
      return node.items.flatMap((entry) => {
        const value = item.read(entry, reading);
        return value === undefined ? [] : [{ value, place: entry.place, keyPlace: entry.place }];
      });
    },
  };
}

/** A shape whose value is made into another, with further checks. */
export function made<T, U>(
  shape: Shape<T>,
  make: (value: T, reading: Reading, node: SourceNode) => U | undefined,
): Shape<U> {
  return {
    schema: shape.schema,
    read(node, reading) {
      const value = shape.read(node, reading);
      return value === undefined ? undefined : make(value, reading, node);
    },
  };
}

/**
 * Says of a value of the wrong kind what it should be and what it is.
 *
 * @param example - how it is written in a file; left out for a definition in code
 */
export function unlike(node: SourceNode, wanted: string, reading: Reading, example?: string): string {
  const { path } = node.place;
  const key = keyOf(node.place);
  const subject = path.endsWith(']') ? `This entry of \`${shorten(key)}\`` : `\`${shorten(key)}\``;
  const such = example === undefined || reading.source.style === 'code' ? '' : `, such as \`${example}\``;
  const comment =
    node.kind === 'nothing' && node.commentFollows ? ' `#` begins a comment; put the value in quotes.' : '';
  const is = node.kind === 'nothing' ? 'but is empty' : `but is ${describe(node)}`;
  return `${path === '' ? 'This' : subject} should be ${wanted}${such}, ${is}.${comment}`;
}
