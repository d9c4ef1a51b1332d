/**
 * The `Idempotency-Key` header, as the IETF draft of that name has it: a structured field's string, in double quotes.
 * Many callers send the bare key; on the way in both are taken.
 */
import { KeyInvalidError } from './errors.ts';

/** The header's name. */
export const idempotencyKeyHeader = 'idempotency-key';

/** A new key: 122 random bits, fit to be guessed by nobody. Make it once for a request and keep it for every repetition. */
export function newIdempotencyKey(): string {
  return crypto.randomUUID();
}

/**
 * The header's value for a key.
 *
 * @throws KeyInvalidError
 * @example headers: { [idempotencyKeyHeader]: writeIdempotencyKey(key) }
 */
export function writeIdempotencyKey(key: string): string {
  if (!isKey(key)) throw new KeyInvalidError(key);
  return `"${key.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/**
 * The key in a header's value.
 *
 * @param value - as the server has it; `undefined` or `null` where the header is missing
 * @throws KeyInvalidError when it is missing or is no key, with which the server answers 400
 */
export function readIdempotencyKey(value: string | null | undefined): string {
  const text = value?.trim() ?? '';
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text);
  const key = quoted === null ? text : (quoted[1] ?? '').replaceAll(/\\(["\\])/g, '$1');
  const isBare = quoted === null && !/[",\\\s]/.test(text);
  if ((quoted === null && !isBare) || !isKey(key)) throw new KeyInvalidError(text === '' ? undefined : text);
  return key;
}

function isKey(key: string): boolean {
  return /^[\x20-\x7e]{1,255}$/.test(key);
}
