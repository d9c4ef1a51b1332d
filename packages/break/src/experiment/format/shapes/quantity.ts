/** Reads amounts with units: durations, rates, shares and sizes, as people write them. */

const mebibyte = 1_048_576;
const gibibyte = 1_024 * mebibyte;

/** What an amount is an amount of. */
export type QuantityKind = 'duration' | 'fraction' | 'rate' | 'size';

/** An amount in the model's unit (milliseconds, 0 to 1, per second, bytes), or what is wrong with it. */
export type Quantity = { readonly value: number } | { readonly problem: string };

interface QuantityUnits {
  readonly noun: string;
  /** The right units with their factors, in the order in which a message lists them. */
  readonly units: Readonly<Record<string, number>>;
  /** What people write instead; also the right units in the wrong case. */
  readonly slips: Readonly<Record<string, string>>;
  readonly examples: readonly [string, string];
}

const quantities: Readonly<Record<QuantityKind, QuantityUnits>> = {
  duration: {
    noun: 'a duration',
    units: { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 },
    slips: {
      ...slips('ms', 'msec msecs milli millis millisecond milliseconds'),
      ...slips('s', 'sec secs second seconds'),
      ...slips('m', 'min mins minute minutes'),
      ...slips('h', 'hr hrs hour hours'),
    },
    examples: ['10s', '500ms'],
  },
  fraction: {
    noun: 'a percentage',
    units: { '%': 0.01 },
    slips: slips('%', 'percent pct per-cent'),
    examples: ['10%', '99.5%'],
  },
  rate: {
    noun: 'a rate',
    units: { '/s': 1, '/m': 1 / 60, '/h': 1 / 3_600 },
    slips: {
      ...slips('/s', 'rps qps tps /sec /second req/s reqs/s requests/s r/s ps hz /1s'),
      ...slips('/m', 'rpm /min /minute req/m req/min requests/min'),
      ...slips('/h', '/hr /hour'),
    },
    examples: ['200/s', '600/m'],
  },
  size: {
    noun: 'a size',
    units: { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 1_024, MiB: mebibyte, GiB: gibibyte },
    slips: {
      ...slips('B', 'byte bytes'),
      ...slips('KB', 'k kilobytes'),
      ...slips('MB', 'm megabytes megs'),
      ...slips('GB', 'g gigabytes'),
    },
    examples: ['64MB', '1GiB'],
  },
};

/** A pattern for editors that matches every right amount of a kind. */
export function quantityPattern(kind: QuantityKind): string {
  const units = Object.keys(quantities[kind].units).join('|');
  return kind === 'size'
    ? '^\\s*\\d+(\\.\\d+)?\\s*([kKmMgG][iI]?)?[bB]\\s*$'
    : `^\\s*\\d+(\\.\\d+)?\\s*(${units})\\s*$`;
}

/** What a kind is called: `a duration`. */
export function amountNoun(kind: QuantityKind): string {
  return quantities[kind].noun;
}

/** Examples of a kind, for messages and editors. */
export function quantityExamples(kind: QuantityKind): readonly [string, string] {
  return quantities[kind].examples;
}

/**
 * Reads an amount.
 *
 * @param as - the amount as a message repeats it, such as `for: 10`
 * @example readQuantity('duration', '10s', 'for: 10s') // { value: 10000 }
 */
export function readQuantity(kind: QuantityKind, text: string, as: string): Quantity {
  const { noun, units, examples } = quantities[kind];
  const parts = /^\s*(-?)(\d+(?:\.\d+)?)\s*(\S*(?:\s+\S+)*)\s*$/.exec(text);
  const [, sign = '', digits = '', unit = ''] = parts ?? [];
  if (parts === null || digits.length > 15) {
    return { problem: `\`${as}\` is not ${noun}. Write \`${examples[0]}\` or \`${examples[1]}\`.` };
  }
  if (sign === '-') return { problem: `\`${as}\` is negative. ${capital(noun)} counts from 0 upwards.` };
  const right = kind === 'size' ? inAnyCase(unit, units) : unit;
  const factor = right !== undefined && Object.hasOwn(units, right) ? units[right] : undefined;
  if (factor !== undefined) return { value: round(Number(digits) * factor) };
  if (unit === '') return { problem: `\`${as}\` has no unit. Write ${withUnits(kind, digits)}.` };
  return { problem: unitProblem(kind, { digits, unit, as }) };
}

/** An amount in the largest unit in which it is a short number: `90s`, `1.5s`, `10%`, `200/s`. */
export function showQuantity(kind: QuantityKind, value: number): string {
  if (kind === 'fraction') return `${round(value * 100)}%`;
  if (kind === 'rate') return `${round(value)}/s`;
  if (kind === 'size') {
    if (value >= gibibyte && value % gibibyte === 0) return `${value / gibibyte}GiB`;
    if (value >= mebibyte && value % mebibyte === 0) return `${value / mebibyte}MiB`;
    if (value >= 1e6) return `${round(value / 1e6)}MB`;
    return value >= 1e3 && value % 1e3 === 0 ? `${value / 1e3}KB` : `${round(value)}B`;
  }
  if (value >= 3_600_000 && value % 3_600_000 === 0) return `${value / 3_600_000}h`;
  if (value >= 60_000 && value % 60_000 === 0) return `${value / 60_000}m`;
  return value >= 1_000 ? `${round(value / 1_000)}s` : `${round(value)}ms`;
}

function withUnits(kind: QuantityKind, digits: string): string {
  if (kind === 'fraction') {
    const share = Number(digits);
    return share > 0 && share < 1 ? `\`${round(share * 100)}%\`` : `\`${digits}%\``;
  }
  if (kind === 'rate') return `\`${digits}/s\``;
  if (kind === 'size') return `\`${digits}MB\` or \`${digits}MiB\``;
  return Number(digits) < 100 ? `\`${digits}s\` or \`500ms\`` : `\`${digits}ms\` or \`5s\``;
}

function slips(unit: string, words: string): Readonly<Record<string, string>> {
  return Object.fromEntries(words.split(' ').map((word) => [word, unit]));
}

function slipOf(unit: string, known: Readonly<Record<string, string>>): string | undefined {
  const word = unit
    .toLowerCase()
    .replace(/^(?:a|per) /, '/')
    .replaceAll(' ', '');
  return Object.hasOwn(known, word) ? known[word] : undefined;
}

function inAnyCase(unit: string, units: Readonly<Record<string, number>>): string | undefined {
  return Object.keys(units).find((name) => name.toLowerCase() === unit.toLowerCase());
}

/** Away with what binary fractions leave behind: 0.07 instead of 0.07000000000000001. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function unitProblem(
  kind: QuantityKind,
  { digits, unit, as }: { readonly digits: string; readonly unit: string; readonly as: string },
): string {
  const { noun, units, slips: known } = quantities[kind];
  const meant = inAnyCase(unit, units) ?? slipOf(unit, known);
  if (meant !== undefined) return `\`${unit}\` in \`${as}\` is not a unit. Write \`${digits}${meant}\`.`;
  const sum = kind === 'duration' ? sumOf(`${digits}${unit}`) : undefined;
  if (sum !== undefined) return `\`${as}\` has several units. Write \`${showQuantity('duration', sum)}\`.`;
  const names = Object.keys(units).map((name) => `\`${name}\``);
  const right =
    names.length === 1
      ? `The unit is ${names[0]}`
      : `Units are ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `\`${unit}\` in \`${as}\` is not a unit of ${noun}. ${right}.`;
}

/** What `1m30s` comes to; `undefined` when it is nothing of the kind. */
function sumOf(text: string): number | undefined {
  const parts = [...text.replaceAll(' ', '').matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/gy)];
  const { units } = quantities.duration;
  if (parts.map(([part]) => part).join('') !== text.replaceAll(' ', '')) return undefined;
  return parts.reduce((sum, [, digits, unit = '']) => sum + Number(digits) * (units[unit] ?? 0), 0);
}
