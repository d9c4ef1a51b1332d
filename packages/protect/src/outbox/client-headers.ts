/**
 * Who calls, and in which of its lives: two headers, since there is no standard for it. `Seaworthy-Client` is a
 * structured field's string, `Seaworthy-Epoch` a structured field's integer (RFC 9651).
 */
import { ClientHeadersError } from './errors.ts';

/** A client in one of its lives. */
export interface ClientEpoch {
  readonly client: string;
  /** Higher with each life of the client. */
  readonly epoch: number;
}

/** The names of the two headers. */
export const clientHeader = 'seaworthy-client';
export const epochHeader = 'seaworthy-epoch';

/** The two headers, as a call carries them. */
export interface ClientHeaders {
  readonly [clientHeader]: string;
  readonly [epochHeader]: string;
}

/** Headers as `fetch` or Node have them. */
export type HeadersLike =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The headers that say who calls.
 *
 * @throws ClientHeadersError when the name or the epoch cannot be written
 * @example await fetch(url, { headers: { ...writeClient({ client: 'orders-1', epoch }) } })
 */
export function writeClient({ client, epoch }: ClientEpoch): ClientHeaders {
  if (!isName(client)) throw new ClientHeadersError(clientHeader, client);
  if (!isEpoch(epoch)) throw new ClientHeadersError(epochHeader, String(epoch));
  const quoted = `"${client.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  return { [clientHeader]: quoted, [epochHeader]: String(epoch) };
}

/**
 * Who calls; `undefined` when the call carries neither header.
 *
 * @throws ClientHeadersError when only one is there, or one cannot be read; with it the server answers 400
 */
export function readClient(headers: HeadersLike): ClientEpoch | undefined {
  const name = headerOf(headers, clientHeader);
  const number = headerOf(headers, epochHeader);
  if (name === undefined && number === undefined) return undefined;
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(name ?? '');
  const client = (quoted?.[1] ?? '').replaceAll(/\\(["\\])/g, '$1');
  if (!isName(client)) throw new ClientHeadersError(clientHeader, name);
  const epoch = /^\d{1,15}$/.test(number ?? '') ? Number(number) : Number.NaN;
  if (!isEpoch(epoch)) throw new ClientHeadersError(epochHeader, number);
  return { client, epoch };
}

function headerOf(headers: HeadersLike, name: string): string | undefined {
  const value = isHeaders(headers) ? headers.get(name) : headers[name];
  return typeof value === 'string' ? value.trim() : undefined;
}

function isHeaders(headers: HeadersLike): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}

function isName(client: string): boolean {
  return /^[\x20-\x7e]{1,128}$/.test(client);
}

/** Up to 15 digits, as a structured field's integer has them. */
function isEpoch(epoch: number): boolean {
  return Number.isSafeInteger(epoch) && epoch >= 1 && epoch < 1e15;
}
