/** Reads one line of plain words, as expectations and abort conditions are written, and says where it stumbles. */
import type { Comparison } from '../../model.ts';
import { nearest } from '../shapes/nearest.ts';
import { type QuantityKind, quantityExamples, readQuantity } from '../shapes/quantity.ts';
import { shorten } from '../source/source.ts';

/** Where a line stops making sense, and a whole sentence about it. */
export class Stumble extends Error {
  readonly start: number;
  readonly length: number;

  constructor(message: string, start: number, length: number) {
    super(message);
    this.start = start;
    this.length = length;
  }
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What helps a line that stumbles. */
export interface Hints {
  /** Right lines by the phrase that each is an example of. */
  readonly examples?: Readonly<Record<string, string>>;
  /** What people say instead of a right phrase. */
  readonly slips?: Readonly<Record<string, string>>;
}

/** A name that was read, with its place in the line. */
export interface Name {
  readonly name: string;
  readonly start: number;
}

const comparisons: Readonly<Record<string, Comparison['operator']>> = {
  '<': '<',
  '<=': '<=',
  '=<': '<=',
  '≤': '<=',
  '=': '=',
  '==': '=',
  '>=': '>=',
  '=>': '>=',
  '≥': '>=',
  '>': '>',
  'at least': '>=',
  'at most': '<=',
  below: '<',
  under: '<',
  above: '>',
};

/** The words of a line, read from left to right. Case, spacing and hyphens between words do not matter. */
export class Words {
  readonly #line: string;
  readonly #words: readonly Word[];
  readonly #first: number;
  #next: number;
  /** A right line of the kind that is being read; set as soon as the kind is known. */
  example: string;

  constructor(line: string, example: string) {
    this.#line = line;
    this.example = example;
    this.#words = [...line.matchAll(/[<>=≤≥]+|[^\s<>=≤≥]+/g)].map((match) => ({
      text: match[0],
      start: match.index,
      end: match.index + match[0].length,
    }));
    // `the breaker of ...` is how one says it.
    this.#first = this.#words[0]?.text.toLowerCase() === 'the' ? 1 : 0;
    this.#next = this.#first;
  }

  /** Takes one of some phrases if it comes next; the longest one wins. */
  take(phrases: readonly string[]): string | undefined {
    const [best] = phrases
      .map((phrase) => ({ phrase, count: this.#matches(phrase) }))
      .sort((a, b) => b.count - a.count);
    if (best === undefined || best.count === 0) return undefined;
    this.#next += best.count;
    return best.phrase;
  }

  /** Takes one of some phrases, or stumbles. */
  expect(phrases: readonly string[], wanted = alternatives(phrases), hints: Hints = {}): string {
    return this.take(phrases) ?? this.stumble(wanted, phrases, hints);
  }

  /** Which of some phrases comes next, or after so many words; it is not taken. */
  coming(phrases: readonly string[], after = 0): string | undefined {
    return phrases.find((phrase) => this.#matches(phrase, this.#next + after) > 0);
  }

  /** Whether the next word begins with a digit. */
  get atNumber(): boolean {
    return /^\d/.test(this.#words[this.#next]?.text ?? '');
  }

  /** Takes a name, or stumbles. */
  name(wanted: string): Name {
    const word = this.#words[this.#next];
    if (word === undefined || !/^[\p{L}\p{N}_][\p{L}\p{N}_.:/@-]*$/u.test(word.text))
      return this.stumble(wanted, []);
    this.#next += 1;
    return { name: word.text, start: word.start };
  }

  /** Takes a comparison such as `>= 99%`, or stumbles. */
  comparison(kind: QuantityKind, most: number | undefined, example: string): Comparison {
    const sign = this.expect(Object.keys(comparisons), `a comparison such as \`${example}\``);
    return { operator: comparisons[sign] ?? '=', value: this.amount(kind, most) };
  }

  /** Takes an amount with its unit, or stumbles. */
  amount(kind: QuantityKind, most?: number): number {
    const word = this.#words[this.#next];
    const [first, second] = quantityExamples(kind);
    if (word === undefined || !/^[-+.]?\d/.test(word.text)) {
      return this.stumble(`an amount such as \`${first}\` or \`${second}\``, []);
    }
    const unit = this.#words[this.#next + 1];
    const apart =
      /^[-+.\d]+$/.test(word.text) && unit !== undefined && /^(%|\/?[a-z]{1,7}(\/s)?)$/i.test(unit.text);
    const text = apart ? `${word.text}${unit.text}` : word.text;
    const result = readQuantity(kind, text, text);
    const alone = apart && 'problem' in result ? readQuantity(kind, word.text, word.text) : result;
    const end = apart && alone === result ? unit.end : word.end;
    if ('problem' in alone) throw this.#wrong(alone.problem, word.start, end - word.start);
    if (most !== undefined && alone.value > most) {
      throw this.#wrong(
        `\`${text}\` is more than everything: a percentage goes from \`0%\` to \`100%\`.`,
        word.start,
        end - word.start,
      );
    }
    this.#next += apart && alone === result ? 2 : 1;
    return alone.value;
  }

  /** Stumbles unless the line has ended. */
  end(): void {
    const word = this.#words[this.#next];
    if (word === undefined) return;
    const rest = shorten(this.#line.slice(word.start), 40);
    throw this.#wrong(
      `${this.#understood()}but not \`${rest}\` after it.`,
      word.start,
      this.#line.trimEnd().length - word.start,
    );
  }

  /** Whether the line has ended. */
  get ended(): boolean {
    return this.#next >= this.#words.length;
  }

  /** Says that something else should come next. */
  stumble(wanted: string, right: readonly string[], { examples = {}, slips = {} }: Hints = {}): never {
    const word = this.#words[this.#next];
    if (word === undefined) {
      const end = this.#line.trimEnd().length;
      throw this.#wrong(
        `${this.#understood()}but then the line ends where ${wanted} should be.`,
        Math.max(0, end - 1),
        1,
      );
    }
    const { near, text } = this.#nearest(right, word, slips);
    const mend = near === undefined ? '' : ` Did you mean \`${near}\`?`;
    this.example = (near === undefined ? undefined : examples[near]) ?? this.example;
    const problem =
      this.#next === this.#first
        ? `\`${shorten(text, 40)}\` is not how such a line begins.${mend === '' ? ` It begins with ${wanted}.` : mend}`
        : `${this.#understood()}but then found \`${shorten(text, 40)}\` where ${wanted} should be.${mend}`;
    throw this.#wrong(problem, word.start, text.length);
  }

  /** How many words a phrase takes up here; 0 when it is not what comes next. */
  #matches(phrase: string, from = this.#next): number {
    const wanted = joined(phrase);
    const most = phrase.split(/[- ]/).length;
    for (let count = 1; count <= most; count += 1) {
      const words = this.#words.slice(from, from + count);
      if (words.length === count && joined(words.map((word) => word.text).join('')) === wanted) return count;
    }
    return 0;
  }

  /** The right phrase nearest to the next word or words. */
  #nearest(
    right: readonly string[],
    word: Word,
    slips: Readonly<Record<string, string>>,
  ): { readonly near: string | undefined; readonly text: string } {
    const slip = Object.keys(slips).find((phrase) => this.#matches(phrase) > 0);
    const last = slip === undefined ? undefined : this.#words[this.#next + this.#matches(slip) - 1];
    if (slip !== undefined && last !== undefined) {
      return { near: slips[slip], text: this.#line.slice(word.start, last.end) };
    }
    const following = this.#words[this.#next + 1];
    if (following !== undefined) {
      const pair = this.#line.slice(word.start, following.end);
      const near = nearest(
        pair,
        right.filter((phrase) => /[- ]/.test(phrase)),
      );
      if (near !== undefined) return { near, text: pair };
    }
    return { near: nearest(word.text, right), text: word.text };
  }

  #understood(): string {
    const last = this.#next === this.#first ? undefined : this.#words[this.#next - 1];
    return last === undefined
      ? 'Nothing was understood, '
      : `Understood \`${shorten(this.#line.slice(0, last.end), 80)}\`, `;
  }

  #wrong(problem: string, start: number, length: number): Stumble {
    return new Stumble(`${problem} For example: \`${this.example}\`.`, start, length);
  }
}

function joined(text: string): string {
  const bare = text.toLowerCase().replaceAll(/[- ]/g, '');
  return bare === '' ? text : bare;
}

/** Phrases as a sentence lists them: `a`, `b` or `c`. */
export function alternatives(phrases: readonly string[]): string {
  const quoted = phrases.map((phrase) => `\`${phrase}\``);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}
