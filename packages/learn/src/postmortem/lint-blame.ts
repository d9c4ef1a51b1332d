import { advice, type BlameKind, blamePatterns } from './blame-words.ts';

/** A wording that blames, where it stands, and what to write instead. */
export interface BlameFinding {
  /** Both count from 1; the column in characters of the line. */
  readonly line: number;
  readonly column: number;
  /** The words as they stand. */
  readonly text: string;
  readonly kind: BlameKind;
  /** Why it hides more than it says. */
  readonly why: string;
  /** What to write or ask in its place: what and how. */
  readonly instead: string;
}

/**
 * Finds wording in a post-mortem that blames: counterfactuals, judgments, hindsight, people named with what went wrong,
 * "human error", a single root cause. What is quoted is exempt, since people may say what they like: text in quotation
 * marks, block quotes, code and HTML comments. The passive voice is never a finding; it is often how one leaves the
 * person out.
 *
 * @returns the findings in the order of the text; none for a text without blame
 * @example lintBlame('The operator should have checked.')[0]?.kind // 'counterfactual'
 */
export function lintBlame(text: string): BlameFinding[] {
  const shown = blankQuotes(text);
  const found: { start: number; end: number; kind: BlameKind }[] = [];
  for (const { kind, pattern } of blamePatterns) {
    for (const match of shown.matchAll(pattern)) {
      const [start, end] = [match.index, match.index + match[0].length];
      if (found.every((other) => end <= other.start || start >= other.end)) found.push({ start, end, kind });
    }
  }
  const starts = lineStarts(text);
  return found
    .sort((one, other) => one.start - other.start)
    .map(({ start, end, kind }) => {
      const line = starts.findLastIndex((lineStart) => lineStart <= start);
      return {
        line: line + 1,
        column: start - (starts[line] ?? 0) + 1,
        text: text.slice(start, end),
        kind,
        ...advice[kind],
      };
    });
}

/** What is exempt, each kind of it within one paragraph at most, so that a stray mark exempts no whole document. */
const quotes: readonly RegExp[] = [
  /^(?<fence>```|~~~)[^\n]*\n[\s\S]*?^\k<fence>[^\n]*$/gmu,
  /<!--[\s\S]*?-->/gu,
  /^[ \t]*>[^\n]*$/gmu,
  /(?<!\\)(?<ticks>`+)(?:(?!\n\s*\n)[^`])*?\k<ticks>(?!`)/gu,
  /"(?:(?!\n\s*\n)[^"])*"/gu,
  /“(?:(?!\n\s*\n)[^”])*”/gu,
  /„(?:(?!\n\s*\n)[^“”])*[“”]/gu,
  /«(?:(?!\n\s*\n)[^»])*»/gu,
];

/** The text with what is quoted blanked out; everything else keeps its place. */
function blankQuotes(text: string): string {
  return quotes.reduce(
    (rest, quote) => rest.replace(quote, (quoted) => quoted.replace(/[^\n]/gu, blank)),
    text,
  );
}

/** A sign that no pattern takes for part of a word or for a space, as often as the character has units. */
function blank(character: string): string {
  return '\u0000'.repeat(character.length);
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
