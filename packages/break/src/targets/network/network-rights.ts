import { readFileSync } from 'node:fs';

/** Why the network of a namespace cannot be changed. */
export type NetworkRightErrorCode =
  | 'CAPABILITY_MISSING'
  | 'NAMESPACE_MISSING'
  | 'NETEM_MISSING'
  | 'NETWORK_FAILED'
  | 'NETWORK_INPUT'
  | 'TOOL_MISSING';

/** The network of a namespace cannot be changed: the message says what is missing and what does the same without it. */
export class NetworkRightError extends Error {
  override readonly name = 'NetworkRightError';
  readonly code: NetworkRightErrorCode;

  constructor(code: NetworkRightErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The rights that it takes, by their bits: to change packet filters, and to enter a namespace. */
const capabilities = [
  { name: 'CAP_NET_ADMIN', bit: 12n },
  { name: 'CAP_SYS_ADMIN', bit: 21n },
] as const;

/**
 * Refuses to go on without the rights that a network namespace takes.
 *
 * @param status - the text of `/proc/self/status`, read when left out
 * @param instead - what does the same without any right, for the message
 * @throws NetworkRightError `CAPABILITY_MISSING`
 */
export function requireNetworkRights(
  status: string = ownStatus(),
  instead = 'put a proxy on the link, whose toxics of the same names take no right at all',
): void {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const missing = capabilities.filter(({ bit }) => ((effective >> bit) & 1n) === 0n).map(({ name }) => name);
  if (missing.length === 0) return;
  throw new NetworkRightError(
    'CAPABILITY_MISSING',
    `The network of a namespace cannot be changed without ${missing.join(' and ')}. Run as root, or give the container ` +
      `these capabilities; or ${instead}.`,
  );
}

/** Empty where there is no such file: then there are no such rights either. */
function ownStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}
