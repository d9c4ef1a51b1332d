import { faultMsMax } from '../limits.ts';
import {
  type QuantityKind,
  amountNoun,
  quantityExamples,
  quantityPattern,
  readQuantity,
  showQuantity,
} from './quantity.ts';
import { hint, listed, type Reading } from './reading.ts';
import { type Shape, unlike } from './shape.ts';
import { keyOf, shorten, type SourceNode, type SourceText } from '../source/source.ts';

/** Text is not read beyond this. */
const textLengthMax = 20_000;

/** Text, not empty. `check` finds what else can be wrong with it, and where within it. */
export function text(options: {
  readonly noun: string;
  readonly example: string;
  readonly pattern?: string;
  readonly check?: (node: SourceText, reading: Reading) => void;
}): Shape<string> {
  const { noun, example, pattern, check } = options;
  return {
    schema: {
      type: 'string',
      minLength: 1,
      ...(pattern === undefined ? {} : { pattern }),
      examples: [example],
    },
    read(node, reading) {
      if (node.kind !== 'text') {
        return reading.wrong(node.place, unlike(node, noun, reading, example));
      }
      if (node.value.trim() === '') {
        return reading.wrong(node.place, unlike(node, noun, reading, example));
      }
      if (node.value.length > textLengthMax) {
        return reading.wrong(
          node.place,
          `This text is too long: ${node.value.length} characters of at most ${textLengthMax}.`,
        );
      }
      check?.(node, reading);
      return node.value;
    },
  };
}

/** Text as it stands; numbers and truth values are taken as they are written. */
export function anyText(noun: string, check?: (node: SourceText, reading: Reading) => void): Shape<string> {
  return {
    schema: { type: ['string', 'number', 'boolean'] },
    read(node, reading) {
      if (node.kind === 'boolean' || (node.kind === 'number' && Number.isFinite(node.value))) return node.raw;
      if (node.kind === 'text') {
        check?.(node, reading);
        return node.value;
      }
      const mend = node.kind === 'nothing' ? " For empty text write `''`." : '';
      return reading.wrong(node.place, `${unlike(node, noun, reading)}${mend}`);
    },
  };
}

/** A number within bounds. */
export function number(options: {
  readonly noun: string;
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}): Shape<number> {
  const { noun, least, most, whole } = options;
  return {
    schema: { type: whole ? 'integer' : 'number', minimum: least, maximum: most },
    read(node, reading) {
      const wanted = `${noun} from ${least} to ${most}`;
      if (node.kind !== 'number') {
        const quoted = node.kind === 'text' && /^\d+$/.test(node.value) ? ' Remove the quotes.' : '';
        return reading.wrong(node.place, `${unlike(node, wanted, reading)}${quoted}`);
      }
      const right = node.value >= least && node.value <= most && (!whole || Number.isInteger(node.value));
      return right ? node.value : reading.wrong(node.place, unlike(node, wanted, reading));
    },
  };
}

/** Bounds of an amount, in the model's unit, with the sentence for each side that says why. */
export interface QuantityBounds {
  readonly least?: number;
  readonly most?: number;
  /** Why it may not be less; has no full stop. */
  readonly leastBecause?: string;
}

/** An amount with its unit. In code a bare number is in the model's unit; 0 needs no unit anywhere. */
export function quantity(kind: QuantityKind, bounds: QuantityBounds = {}): Shape<number> {
  const {
    least = 0,
    most = kind === 'fraction' ? 1 : kind === 'duration' ? faultMsMax : Number.MAX_SAFE_INTEGER,
  } = bounds;
  const [first, second] = quantityExamples(kind);
  const pattern = { type: 'string', pattern: quantityPattern(kind), examples: [first, second] };
  return {
    schema: least === 0 ? { anyOf: [pattern, { const: 0 }] } : pattern,
    read(node, reading) {
      const amount = readAmount(kind, node, reading);
      if (amount === undefined) return undefined;
      const outside = amountOutside(kind, amount, written(node), { ...bounds, least, most });
      return outside === undefined ? amount : reading.wrong(node.place, outside);
    },
  };
}

/** Why an amount is outside its bounds; `undefined` when it is not. */
function amountOutside(
  kind: QuantityKind,
  amount: number,
  as: string,
  bounds: QuantityBounds & { readonly least: number; readonly most: number },
): string | undefined {
  const { least, most, leastBecause } = bounds;
  if (amount < least) {
    return `\`${as}\` is too little${leastBecause === undefined ? '' : `: ${leastBecause}`}. The least is \`${showQuantity(kind, least)}\`.`;
  }
  return amount > most ? `\`${as}\` is too much. The most is \`${showQuantity(kind, most)}\`.` : undefined;
}

/** One of a few words. */
export function choice(words: readonly string[]): Shape<string> {
  return {
    schema: { enum: words },
    read(node, reading) {
      if (node.kind !== 'text') {
        return reading.wrong(node.place, unlike(node, `one of ${listed(words, 'or')}`, reading));
      }
      if (words.includes(node.value)) return node.value;
      const key = keyOf(node.place);
      return reading.wrong(
        node.place,
        `\`${key}\` cannot be \`${shorten(node.value)}\`.${hint(node.value, words, 'It can be')}`,
      );
    },
  };
}

/** What a message repeats: `for: 10s`. */
function written(node: SourceNode): string {
  const raw = node.kind === 'text' ? node.value : node.kind === 'number' ? node.raw : '';
  return `${keyOf(node.place)}: ${shorten(raw, 40)}`;
}

function readAmount(kind: QuantityKind, node: SourceNode, reading: Reading): number | undefined {
  if (node.kind === 'number') {
    if (!Number.isFinite(node.value))
      return reading.wrong(node.place, unlike(node, amountNoun(kind), reading));
    const bare = reading.source.style === 'code' || node.value === 0;
    if (bare && node.value >= 0) return node.value;
  }
  if (node.kind !== 'text' && node.kind !== 'number') {
    const [first, second] = quantityExamples(kind);
    return reading.wrong(
      node.place,
      `${unlike(node, amountNoun(kind), reading)} Write \`${first}\` or \`${second}\`.`,
    );
  }
  const result = readQuantity(kind, node.kind === 'text' ? node.value : node.raw, written(node));
  return 'problem' in result ? reading.wrong(node.place, result.problem) : result.value;
}
