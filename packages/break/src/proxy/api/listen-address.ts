import { getServers, promises as dns } from 'node:dns';
import { isIP } from 'node:net';
import { type Address, formatAddress } from '../address.ts';

/** An address that cannot be used; the message is the one that Toxiproxy gives. */
export class ListenAddressError extends Error {}

/** An address to listen on, resolved. */
export interface ListenAddress extends Address {
  /** As it is compared with the address of a running proxy. */
  readonly text: string;
}

/**
 * Resolves an address to listen on. An empty text is a free port on loopback, never on every interface; `:port` is
 * every interface, since that was asked for.
 *
 * @throws ListenAddressError
 */
export async function resolveListenAddress(text: string): Promise<ListenAddress> {
  if (text === '') return { host: '127.0.0.1', port: 0, text: ':0' };
  const { host, port } = split(text);
  const address = host === '' || isIP(host) ? host : await lookup(host);
  return { host: address, port, text: formatAddress(address, port) };
}

/** What Toxiproxy says when it cannot bind. */
export function listenFailure(listen: string, cause: unknown): string {
  if (cause instanceof ListenAddressError) return `listen tcp: ${cause.message}`;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  return `listen tcp ${listen}: bind: ${reasons[code] ?? code.toLowerCase()}`;
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
  EINVAL: 'invalid argument',
};

function split(text: string): Address {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(text);
  if (!match) {
    const why = splitTrouble(text);
    throw new ListenAddressError(`address ${text}: ${why}`);
  }
  const port = match[3] ?? '';
  if (!/^-?\d*$/.test(port)) throw new ListenAddressError(`lookup tcp/${port}: unknown port`);
  if (port.startsWith('-') || Number(port) > 65_535)
    throw new ListenAddressError(`address ${port}: invalid port`);
  return { host: match[1] ?? match[2] ?? '', port: Number(port) };
}

function splitTrouble(text: string): string {
  if (text.startsWith('[') && !text.includes(']')) return "missing ']' in address";
  return /:[^\]]*$/.test(text) ? 'too many colons in address' : 'missing port in address';
}

async function lookup(host: string): Promise<string> {
  try {
    const found = await dns.lookup(host, { all: true, order: 'ipv4first' });
    if (found[0]) return found[0].address;
  } catch {
    // Told below, in one way for every cause.
  }
  const server = getServers()[0];
  // A name that can be no name is not asked for.
  const askable = /^[\w-]+(\.[\w-]+)*\.?$/.test(host) && /[^\d.]/.test(host);
  const asked = server && askable ? ` on ${isIP(server) ? formatAddress(server, 53) : server}` : '';
  throw new ListenAddressError(`lookup ${host}${asked}: no such host`);
}
