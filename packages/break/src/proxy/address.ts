import { ProxyError } from './errors.ts';

/** A host and a port, read from `host:port` or `[v6]:port`. */
export interface Address {
  /** Without brackets; empty for "any address" (`:8080`). */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`.
 *
 * @param what - what the address is for, named in the error
 * @throws ProxyError `PROXY_ADDRESS_INVALID`
 * @example parseAddress('upstream', '[::1]:6379') // { host: '::1', port: 6379 }
 */
export function parseAddress(what: string, text: string): Address {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new ProxyError(
      'PROXY_ADDRESS_INVALID',
      `Expected \`${what}\` to be host:port with a port up to 65535, such as "127.0.0.1:6379", got ${JSON.stringify(text)}.`,
    );
  }
  return { host: match[1] ?? match[2] ?? '', port };
}

/** Writes an address as `host:port`, with brackets around an IPv6 host. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
