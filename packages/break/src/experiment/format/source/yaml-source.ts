import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  Parser,
  type ParsedNode,
  type Scalar,
} from 'yaml';
import { type ExperimentFileError, fileError } from '../experiment-file-error.ts';
import { fileSizeMax } from '../limits.ts';
import {
  type Place,
  position,
  printable,
  shorten,
  type Source,
  type SourceEntry,
  type SourceNode,
} from './source.ts';
import { syntaxMistake, tokenDepth } from './yaml-syntax.ts';

/** How deep values may be nested; the formats need six levels, and deeper text only serves to exhaust a reader. */
const depthMax = 24;

/**
 * Reads YAML 1.2, of which JSON is a part, into a tree with places. What a configuration does not need is refused:
 * anchors and aliases (which can grow without bounds), tags, directives, a second document, keys that are not text.
 *
 * @param begin - how such a file begins, for the message about an empty one
 * @throws ExperimentFileError when the text is not such a file
 */
export function parseYaml(source: Source, begin: string): SourceNode {
  const mistake = (offset: number, length: number, message: string): ExperimentFileError =>
    fileError(source, [{ place: { path: '', offset, length }, message }]);
  const { text } = source;
  if (text.length > fileSizeMax) {
    throw mistake(
      0,
      1,
      `The file is too large: ${text.length} characters, where ${fileSizeMax} are the most.`,
    );
  }
  const strange = /[^\t\n\r -\u007e\u0085\u00a0-\ud7ff\ue000-\ufeff\ufffd\u{10000}-\u{10ffff}]/u.exec(text);
  if (strange !== null) {
    const code = strange[0].codePointAt(0)?.toString(16).padStart(4, '0') ?? '';
    throw mistake(
      strange.index,
      1,
      `The character U+${code.toUpperCase()} cannot be part of such a file. Remove it.`,
    );
  }
  const space = /^[ \t]*([\u00a0\u2000-\u200a\u202f\u3000])/m.exec(text);
  if (space !== null) {
    const at = space.index + space[0].length - 1;
    throw mistake(at, 1, 'This is a space of another kind, which indents nothing. Write an ordinary space.');
  }
  const tokens = [...new Parser().parse(text)];
  const directive = tokens.find((token) => token.type === 'directive');
  if (directive !== undefined) {
    throw mistake(
      directive.offset,
      directive.source.length,
      'A line that begins with `%` is not read. Remove it.',
    );
  }
  const deep = tokenDepth(tokens, depthMax);
  if (deep !== undefined) {
    throw mistake(
      deep,
      1,
      `Values are nested more than ${depthMax} levels deep here. Such a file needs six.`,
    );
  }
  const documents = [...new Composer(yamlOptions).compose(tokens)];
  const [document, second] = documents;
  const error = document?.errors[0];
  if (error !== undefined) throw fileError(source, [syntaxMistake(source, error, tokens)]);
  if (document === undefined || document.contents === null || isEmpty(document.contents)) {
    throw mistake(0, 1, `The file is empty. ${begin}`);
  }
  if (second !== undefined) {
    throw mistake(second.range[0], 1, 'A second document begins here. One file holds one; remove the `---`.');
  }
  const mistakes: { place: Place; message: string }[] = [];
  const root = new Tree(text, mistakes).node(document.contents, '', undefined);
  if (mistakes.length > 0) throw fileError(source, mistakes);
  return root;
}

const yamlOptions = {
  version: '1.2',
  schema: 'core',
  merge: false,
  strict: true,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null && node.source === '';
}

/** Turns yaml's nodes into ours, and notes what is refused. */
class Tree {
  readonly #text: string;
  readonly #mistakes: { place: Place; message: string }[];

  constructor(text: string, mistakes: { place: Place; message: string }[]) {
    this.#text = text;
    this.#mistakes = mistakes;
  }

  /** @param keyPlace - where to point for a value that is not there */
  node(node: ParsedNode | null, path: string, keyPlace: Place | undefined): SourceNode {
    if (node === null) return this.#nothing(path, keyPlace, undefined);
    const [start, end] = node.range;
    const place: Place = { path, offset: start, length: Math.max(1, end - start) };
    if (isAlias(node)) {
      this.#refuse(
        place,
        `\`*${shorten(node.source)}\` stands for a value elsewhere, which is not read here. Write the value out.`,
      );
      return { kind: 'nothing', place, commentFollows: false };
    }
    if (node.anchor !== undefined) {
      this.#refuse(
        this.#before(place, '&', node.anchor.length + 1),
        `\`&${shorten(node.anchor)}\` names a value to repeat it elsewhere, which is not read here. Remove it.`,
      );
    }
    if (node.tag !== undefined) {
      this.#refuse(
        this.#before(place, '!', 1),
        'A tag, which begins with `!`, is not read here. Remove it; what has to be text goes in quotes.',
      );
    }
    if (isMap(node)) return { kind: 'map', place, entries: this.#entries(node.items, path) };
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.node(item, `${path}[${index}]`, place));
      return { kind: 'list', place, items };
    }
    return this.#scalar(node, place, keyPlace);
  }

  #entries(pairs: readonly Pair[], path: string): SourceEntry[] {
    const seen = new Map<string, Place>();
    return pairs.flatMap((pair) => {
      const key = pair.key as ParsedNode;
      const [start, end] = key.range;
      const place: Place = { path, offset: start, length: Math.max(1, end - start) };
      if (!isScalar(key) || key.value === null) {
        return this.#refuse(place, 'A key is one word, such as `title`.');
      }
      const name = typeof key.value === 'string' ? key.value : (key.source ?? '');
      const keyPlace = { ...place, path: path === '' ? name : `${path}.${name}` };
      if (key.anchor !== undefined || key.tag !== undefined) {
        return this.#refuse(keyPlace, 'A key takes no anchor and no tag. Remove it.');
      }
      const first = seen.get(name);
      if (first?.offset !== undefined) {
        const { line } = position(this.#text, first.offset);
        return this.#refuse(
          keyPlace,
          `\`${shorten(name)}\` is here twice; the first is on line ${line}. Keep one of them.`,
        );
      }
      seen.set(name, keyPlace);
      const value = this.node(pair.value as ParsedNode | null, keyPlace.path, keyPlace);
      return [{ key: name, keyPlace, value }];
    });
  }

  #scalar(node: Scalar.Parsed, place: Place, keyPlace: Place | undefined): SourceNode {
    const { value } = node;
    const raw = node.source;
    if (typeof value === 'number') return { kind: 'number', place, value, raw };
    if (typeof value === 'boolean') return { kind: 'boolean', place, value, raw };
    if (typeof value !== 'string') return this.#nothing(place.path, keyPlace, raw === '' ? undefined : place);
    const offset = place.offset ?? 0;
    const written = this.#text.slice(offset, offset + place.length);
    const quote = written[0] === '"' || written[0] === "'" ? 1 : 0;
    const asItStands = written.slice(quote, written.length - quote) === value;
    return {
      kind: 'text',
      place,
      value,
      textOffset: asItStands ? offset + quote : undefined,
      runsOn: node.type === 'PLAIN' && written.includes('\n'),
    };
  }

  #nothing(path: string, keyPlace: Place | undefined, written: Place | undefined): SourceNode {
    const place = written ?? { path, offset: keyPlace?.offset ?? 0, length: keyPlace?.length ?? 1 };
    const after = this.#text.slice((place.offset ?? 0) + place.length);
    return { kind: 'nothing', place: { ...place, path }, commentFollows: /^["']?\s*:[ \t]+#/.test(after) };
  }

  /** The place of the sign that stands before a value. */
  #before(place: Place, sign: string, length: number): Place {
    const offset = this.#text.lastIndexOf(sign, place.offset ?? 0);
    return offset === -1 ? place : { ...place, offset, length };
  }

  #refuse(place: Place, message: string): [] {
    this.#mistakes.push({ place, message: printable(message) });
    return [];
  }
}
