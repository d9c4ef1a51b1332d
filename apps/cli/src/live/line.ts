/** A line on the terminal: pieces of text, each with a tone, cut and laid out before any colour is put on. */
import { stripVTControlCharacters, styleText } from 'node:util';
import stringWidth from 'string-width';

/** What a piece of text means; colours only repeat what the words and marks say. */
export type Tone = 'plain' | 'dim' | 'bold' | 'good' | 'bad' | 'warn';

/** A piece of text in one tone. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** The pieces of one line, from the left. */
export type Line = readonly Span[];

/** Makes a piece of a line. Control characters are taken out: names and notes come from files and services. */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: printable(text), tone };
}

/** The columns that a line takes. */
export function widthOf(line: Line): number {
  return line.reduce((columns, { text }) => columns + stringWidth(text), 0);
}

/** Cuts a line to a width, with `…` where something was lost. */
export function fit(line: Line, columns: number): Line {
  if (widthOf(line) <= columns) return line;
  const kept: Span[] = [];
  let left = Math.max(0, columns - 1);
  for (const { text, tone } of line) {
    const part = cut(text, left);
    if (part !== '') kept.push({ text: part, tone });
    left -= stringWidth(part);
    if (part !== text) break;
  }
  return columns > 0 ? [...kept, span('…', 'dim')] : [];
}

/** A line with a part at the right edge, which is kept whole where there is room for it at all. */
export function spread(left: Line, right: Line, columns: number): Line {
  const rightWidth = widthOf(right);
  const fitted = fit(left, Math.max(0, columns - rightWidth - 2));
  const gap = Math.max(1, columns - widthOf(fitted) - rightWidth);
  return fit([...fitted, span(' '.repeat(gap)), ...right], columns);
}

/** Puts items one after the other on as many lines as they need; what is too much is counted. */
export function flow(
  items: readonly Span[],
  columns: number,
  linesMax: number,
  separator: Span = span(' · ', 'dim'),
): readonly Line[] {
  const lines: Span[][] = [[]];
  for (const [index, item] of items.entries()) {
    let line = lines.at(-1) as Span[];
    const next = line.length === 0 ? [item] : [separator, item];
    const lastLine = lines.length === linesMax;
    const rest = items.length - index;
    const more = span(` +${rest} more`, 'dim');
    // On the last line a place is kept for the count of what may not fit after this item.
    const reserve = lastLine && rest > 1 ? widthOf([more]) : 0;
    if (widthOf([...line, ...next]) + reserve > columns && line.length > 0) {
      if (lastLine) {
        line.push(more);
        break;
      }
      line = [];
      lines.push(line);
      line.push(item);
    } else {
      line.push(...next);
    }
  }
  return lines.map((line) => fit(line, columns));
}

/** The line as text for a terminal, with colours or without. */
export function paint(line: Line, colour: boolean): string {
  if (!colour)
    return line
      .map(({ text }) => text)
      .join('')
      .trimEnd();
  return line.map(({ text, tone }) => (tone === 'plain' ? text : styled(text, tone))).join('');
}

/** Text without what could steer a terminal, in one line. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

const styles = {
  dim: 'dim',
  bold: 'bold',
  good: 'green',
  bad: 'red',
  warn: 'yellow',
} as const;

function styled(text: string, tone: Exclude<Tone, 'plain'>): string {
  return styleText(styles[tone], text, { validateStream: false });
}

/** As much of a text as fits, by whole characters as people see them. */
function cut(text: string, columns: number): string {
  let part = '';
  let left = columns;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= stringWidth(segment);
    if (left < 0) break;
    part += segment;
  }
  return part;
}
