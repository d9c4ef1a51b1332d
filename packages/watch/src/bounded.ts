/**
 * Any value as JSON of bounded size without secrets: what a caller throws or logs may be huge, circular, hostile or
 * private, and none of that may slow down, fail or expose the service that tells of it.
 */
import { isSecretName, redacted, withoutSecrets } from './secrets.ts';
import type { WireError } from './wire.ts';

/** A value that `JSON.stringify` writes as it stands. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

const textLengthMax = 500;
const depthMax = 4;
const itemsMax = 20;
const namesMax = 40;
/** Over all depths, since lists of lists multiply. */
const valuesMax = 200;

/** How many values may still be written. */
interface Budget {
  left: number;
}

/** The text cut to `lengthMax` characters, without secrets. */
export function boundedText(text: string, lengthMax = textLengthMax): string {
  // Cut before the search, so that a huge text costs no more than a long one; a secret on the cut's edge is cut off.
  const start = text.length > lengthMax * 2 ? text.slice(0, lengthMax * 2) : text;
  const clean = withoutSecrets(start);
  return clean.length > lengthMax ? `${clean.slice(0, lengthMax - 1)}…` : clean;
}

/** The value as JSON: at most 4 deep, 20 items a list, 40 names an object, 200 values in all, 500 characters a text. */
export function boundedJson(value: unknown): Json {
  try {
    return bounded(value, 0, { left: valuesMax });
  } catch {
    return '[unreadable]';
  }
}

/** An error, or whatever was thrown in place of one, as it travels. */
export function boundedError(error: unknown): WireError {
  try {
    if (typeof error !== 'object' || error === null) return { name: 'Thrown', message: asText(error) };
    const { name, message, code } = error as { name?: unknown; message?: unknown; code?: unknown };
    return {
      name: boundedText(typeof name === 'string' ? name : 'Thrown', 80),
      message: typeof message === 'string' ? boundedText(message) : asText(error),
      ...(typeof code === 'string' || typeof code === 'number'
        ? { code: boundedText(String(code), 80) }
        : {}),
    };
  } catch {
    return { name: 'Error', message: '[unreadable]' };
  }
}

function asText(value: unknown): string {
  const json = boundedJson(value);
  return boundedText(typeof json === 'string' ? json : JSON.stringify(json));
}

function bounded(value: unknown, depth: number, budget: Budget): Json {
  if (budget.left <= 0) return '…';
  budget.left -= 1;
  switch (typeof value) {
    case 'string':
      return boundedText(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : boundedObject(value, depth, budget);
    case 'function':
      return '[function]';
    case 'bigint':
    case 'symbol':
      return boundedText(value.toString());
    default:
      return 'undefined';
  }
}

function boundedObject(value: object, depth: number, budget: Budget): Json {
  if (value instanceof Error) return { ...boundedError(value) };
  if (value instanceof Date) return Number.isFinite(value.getTime()) ? value.toISOString() : 'Invalid Date';
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= depthMax) return Array.isArray(value) ? '[list]' : '[object]';
  if (Array.isArray(value)) {
    const items = value.slice(0, itemsMax).map((item) => bounded(item, depth + 1, budget));
    return value.length > itemsMax ? [...items, `… ${value.length - itemsMax} more`] : items;
  }
  const result: Record<string, Json> = {};
  let names = 0;
  for (const name of Object.keys(value)) {
    if (names >= namesMax) {
      result['…'] = 'more';
      break;
    }
    const item = (value as Record<string, unknown>)[name];
    if (item === undefined) continue;
    const key = boundedText(name, 80);
    names += 1;
    // Not by assignment: `__proto__` as a name would change the object rather than stand in it.
    Object.defineProperty(result, key, {
      value: isSecretName(name) ? redacted : bounded(item, depth + 1, budget),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}
