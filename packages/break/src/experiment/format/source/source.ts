/**
 * What a format's reader sees: values with their places. A YAML or JSON file and a definition in TypeScript are both
 * turned into this tree, so that one description reads them all and every mistake can be shown where it stands.
 */

/** Where a value stands: its path of keys, such as `method[0].for`, and in a file its characters. */
export interface Place {
  readonly path: string;
  /** The first character's offset in the text; `undefined` in code. */
  readonly offset: number | undefined;
  /** How many characters; at least 1. */
  readonly length: number;
}

/** A value of a file or a definition. */
export type SourceNode =
  | { readonly kind: 'map'; readonly place: Place; readonly entries: readonly SourceEntry[] }
  | { readonly kind: 'list'; readonly place: Place; readonly items: readonly SourceNode[] }
  | SourceText
  | { readonly kind: 'number'; readonly place: Place; readonly value: number; readonly raw: string }
  | { readonly kind: 'boolean'; readonly place: Place; readonly value: boolean; readonly raw: string }
  | { readonly kind: 'nothing'; readonly place: Place; readonly commentFollows: boolean }
  /** Ready-made data that only a definition in code can hold, such as a system that was loaded before. */
  | { readonly kind: 'object'; readonly place: Place; readonly value: object };

export interface SourceText {
  readonly kind: 'text';
  readonly place: Place;
  readonly value: string;
  /** Where the value's first character stands when the text is written as it is read; else `undefined`. */
  readonly textOffset: number | undefined;
  /** Whether plain text runs on over several lines, which is often a list's item that is indented too far. */
  readonly runsOn: boolean;
}

export interface SourceEntry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: SourceNode;
}

/** A file's text, or a definition in code, by the name that messages give it. */
export interface Source {
  /** Absolute; what is relative in it is resolved against its folder. */
  readonly file: string;
  /** The name as people know it: the path as it was given. */
  readonly shown: string;
  /** In code a bare number is in the model's unit and keys are written `likeThis`; a file has units and `like-this`. */
  readonly style: 'file' | 'code';
  /** Empty in code. */
  readonly text: string;
}

/** The line and column, both from 1, of an offset in a text, and where that line begins and ends. */
export function position(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number; readonly start: number; readonly end: number } {
  const at = Math.min(Math.max(offset, 0), text.length);
  let line = 1;
  let start = 0;
  for (let next = text.indexOf('\n'); next !== -1 && next < at; next = text.indexOf('\n', start)) {
    line += 1;
    start = next + 1;
  }
  const newline = text.indexOf('\n', start);
  const end = newline === -1 ? text.length : newline;
  return { line, column: at - start + 1, start, end: text[end - 1] === '\r' && end > start ? end - 1 : end };
}

/** The place of some characters within a text: exact where the text stands as it is read, else the whole text's. */
export function placeWithin(node: SourceText, start: number, length: number): Place {
  if (node.textOffset === undefined) return node.place;
  return { path: node.place.path, offset: node.textOffset + start, length: Math.max(1, length) };
}

/** The last key of a path: `for` of `method[0].for`, `status` of `load.status[1]`. */
export function keyOf(place: Place): string {
  return /([^.[\]]+)(?:\[\d+\])*$/.exec(place.path)?.[1] ?? place.path;
}

/** A value as a message names it. */
export function describe(node: SourceNode): string {
  switch (node.kind) {
    case 'map':
      return 'a map of keys';
    case 'list':
      return 'a list';
    case 'text':
      return node.value === '' ? 'empty text' : `the text \`${shorten(node.value)}\``;
    case 'number':
      return `the number ${shorten(node.raw)}`;
    case 'boolean':
      return `\`${node.raw}\``;
    case 'nothing':
      return 'empty';
    default:
      return 'an object';
  }
}

/** A piece of a file, fit for one line of a message. */
export function shorten(text: string, most = 60): string {
  const line = printable(text).replaceAll(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 3)}...` : line;
}

/** A file's text without what a terminal would act on: control characters, and those that turn its direction. */
export function printable(text: string): string {
  return text.replaceAll(/(?![\t\n])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
