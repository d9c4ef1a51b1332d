import type { CST, YAMLError } from 'yaml';
import { type Place, position, shorten, type Source } from './source.ts';

/** A mistake in the YAML itself, at the place that has to be mended, in words for people who do not know YAML well. */
export function syntaxMistake(
  source: Source,
  error: YAMLError,
  tokens: readonly CST.Token[],
): { readonly place: Place; readonly message: string } {
  const { text } = source;
  const offset = Math.min(error.pos[0], Math.max(0, text.length - 1));
  const line = position(text, offset);
  const at = (start: number, length: number, message: string) => ({
    place: { path: '', offset: start, length: Math.max(1, length) },
    message,
  });
  const here = (message: string) => at(offset, error.pos[1] - error.pos[0], message);
  const quote = openQuote(tokens, error);
  if (quote !== undefined) {
    const sign = quote.type === 'double-quoted-scalar' ? '"' : "'";
    return at(
      quote.offset,
      1,
      `The quote that begins here is not closed on its line. Put a \`${sign}\` at the end of the text.`,
    );
  }
  if (error.code === 'TAB_AS_INDENT') {
    return here('A tab indents this line. YAML indents with spaces: write two spaces instead.');
  }
  const brace = unquotedVariable(text, line.start, offset);
  if (brace !== undefined) {
    const word = /^[^\s,\]]*\}[^\s,}\]]*/.exec(text.slice(brace))?.[0] ?? '${...}';
    return at(
      brace,
      word.length,
      `Within \`{ }\` and \`[ ]\` a text with \`\${\` needs quotes: write \`"${shorten(word)}"\`.`,
    );
  }
  const sign = /^(?:\s*- )*\s*(?:[\w-]+:[ \t]+|- )([>|])/.exec(text.slice(line.start, line.end));
  if (sign !== null && sign[1] !== undefined && error.code === 'UNEXPECTED_TOKEN') {
    const start = line.start + sign[0].length - 1;
    const value = shorten(text.slice(start, line.end));
    return at(
      start,
      value.length,
      `A text that begins with \`${sign[1]}\` needs quotes: write \`'${value}'\`.`,
    );
  }
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY' && text.slice(line.start, offset).trim() === '') {
    return here(indentedDifferently);
  }
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY' && !/:\s/.test(text.slice(offset, line.end))) {
    const next = /\S/.exec(text.slice(line.end));
    if (next !== null) {
      const deeper =
        'This line is indented deeper than its neighbours, though the line above has a value already. Indent it less.';
      return at(line.end + next.index, 1, deeper);
    }
  }
  if (/^Flow (map|sequence)/.test(error.message)) {
    const [open, close] = error.message.startsWith('Flow map') ? ['{', '}'] : ['[', ']'];
    return at(
      openBracket(tokens) ?? offset,
      1,
      `The \`${open}\` that begins here is not closed. Add \`${close}\`.`,
    );
  }
  const message = inWords(error, text.slice(line.start, line.end), text.slice(offset, line.end));
  return here(message ?? `This is not valid YAML: ${shorten(error.message, 160)}.`);
}

const indentedDifferently =
  'This line is indented differently from its neighbours. What belongs together begins in the same column.';

/** What the library's error means; `undefined` where its own words have to do. */
function inWords(error: YAMLError, line: string, rest: string): string | undefined {
  const word = shorten(rest.trim(), 40);
  const quoted = word.replaceAll("'", "''");
  if (error.code === 'BAD_SCALAR_START' || /^(Alias|Anchor) cannot be/.test(error.message)) {
    return `A text that begins with \`${rest[0] ?? ''}\` needs quotes: write \`'${quoted}'\`.`;
  }
  if (error.code === 'BLOCK_IN_FLOW') {
    return 'Within `[ ]` and `{ }` entries are separated by commas, each a value or a `key: value`.';
  }
  if (error.code === 'BAD_DQ_ESCAPE') {
    return `In double quotes a backslash begins a sign of its own, and \`${rest.slice(0, 2)}\` is none. Write \`\\\\\`, or use single quotes.`;
  }
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY' && /:\s/.test(rest)) {
    return `A text with \`: \` in it needs quotes: write \`'${shorten(rest.trim(), 90).replaceAll("'", "''")}'\`.`;
  }
  if (
    (error.code === 'BAD_INDENT' && error.message.startsWith('All ')) ||
    error.message.startsWith('Sequence item without')
  ) {
    return indentedDifferently;
  }
  if (error.message.startsWith('Missing , ')) return 'A comma is missing before this.';
  if (/^Implicit (map )?keys need to be/.test(error.message)) {
    const [, joined, value] = /^([\w-]+):(\S.*)$/.exec(word) ?? [];
    if (joined !== undefined) return `A space is missing after the colon: write \`${joined}: ${value}\`.`;
    const [, key, rest] = /^(?:- )*([\w-]+)(?:\s+(\S.*))?$/.exec(shorten(line, 60)) ?? [];
    if (key === undefined)
      return `\`${shorten(line, 40)}\` has no value. Write \`key: value\`, with a colon and a space.`;
    return `A colon is missing after \`${key}\`: write \`${key}:${rest === undefined ? '' : ` ${rest}`}\`.`;
  }
  if (error.message.includes('block-seq-ind')) {
    return 'A list begins on a line of its own: put the `-` below the key.';
  }
  if (error.message.endsWith('at node end') || error.message.includes('in YAML stream')) {
    return `\`${word}\` follows a value that is complete already. If it belongs to a text, put the whole text in quotes.`;
  }
  return undefined;
}

/** A quoted text that an error hangs on: one that never ends, or that ends on a later line and leaves a rest. */
function openQuote(tokens: readonly CST.Token[], error: YAMLError): CST.FlowScalar | undefined {
  let found: CST.FlowScalar | undefined;
  walk(tokens, (token) => {
    if (token.type !== 'double-quoted-scalar' && token.type !== 'single-quoted-scalar') return;
    const end = token.offset + token.source.length;
    const unclosed = error.message.startsWith('Missing closing') && error.pos[0] >= end - 1;
    const runsOver = error.code !== 'BAD_DQ_ESCAPE' && token.source.includes('\n') && end <= error.pos[0] + 1;
    if (unclosed || (runsOver && error.pos[0] - end < 2)) found = token;
  });
  return found;
}

/** The innermost bracket that is opened and not closed. */
function openBracket(tokens: readonly CST.Token[]): number | undefined {
  let found: number | undefined;
  walk(tokens, (token) => {
    const close =
      token.type === 'flow-collection' && token.start.type === 'flow-map-start'
        ? 'flow-map-end'
        : 'flow-seq-end';
    if (token.type === 'flow-collection' && !token.end.some(({ type }) => type === close)) {
      found = token.offset;
    }
  });
  return found;
}

/** Where an unquoted `${` stands before an error in braces. */
function unquotedVariable(text: string, lineStart: number, offset: number): number | undefined {
  if (text[offset] !== '{' || text[offset - 1] !== '$') return undefined;
  return offset - 1 >= lineStart ? offset - 1 : undefined;
}

/** Where tokens are nested deeper than `most`; `undefined` when nowhere. */
export function tokenDepth(tokens: readonly CST.Token[], most: number): number | undefined {
  let deep: number | undefined;
  walk(tokens, (token, depth) => {
    if (depth > most && 'offset' in token) deep ??= token.offset;
    return depth > most;
  });
  return deep;
}

/** Visits tokens from the outside inwards; a visit that returns true goes no deeper. */
function walk(
  tokens: readonly CST.Token[],
  visit: (token: CST.Token, depth: number) => boolean | void,
): void {
  const open = tokens.map((token) => ({ token, depth: 0 })).toReversed();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (visit(token, depth) === true) continue;
    for (const inner of innerTokens(token).toReversed()) open.push({ token: inner, depth: depth + 1 });
  }
}

function innerTokens(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap((item) => [
    ...('key' in item && item.key ? [item.key] : []),
    ...(item.value ? [item.value] : []),
  ]);
}
