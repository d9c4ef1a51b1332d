import { isIP } from 'node:net';
import { ProxyError } from '../errors.ts';

/** How a name's resolution goes wrong. */
export type DnsFault = {
  /** Names it; a second one of that name replaces the first. */
  readonly name: string;
  /** The host names that are hit; `*` stands for any text. */
  readonly host: string;
  /** The fraction of queries that are hit, from 0 to 1; 1 when left out. */
  readonly toxicity?: number | undefined;
} & DnsEffect;

/** What a query that is hit gets. */
export type DnsEffect =
  /** The name does not exist. */
  | { readonly type: 'no-such-name' }
  /** The name server fails. */
  | { readonly type: 'server-failure' }
  /** The name server refuses to answer. */
  | { readonly type: 'refused' }
  /** The name exists and has no address. */
  | { readonly type: 'no-address' }
  /** No answer comes. */
  | { readonly type: 'silence' }
  /** The answer comes late, by so many ms. */
  | { readonly type: 'delay'; readonly delayMs: number }
  /** The answer is wrong: these addresses instead of the right ones. */
  | { readonly type: 'wrong-address'; readonly addresses: readonly string[] };

const types = [
  'no-such-name',
  'server-failure',
  'refused',
  'no-address',
  'silence',
  'delay',
  'wrong-address',
];

/**
 * Refuses a fault that cannot be meant.
 *
 * @throws ProxyError `DNS_FAULT_INVALID`
 */
export function checkDnsFault(fault: DnsFault): DnsFault {
  const refuse = (what: string, value: unknown): never => {
    throw new ProxyError('DNS_FAULT_INVALID', `Expected ${what}, got ${JSON.stringify(value)}.`);
  };
  const { toxicity = 1 } = fault;
  if (!types.includes(fault.type)) refuse(`\`type\` to be one of ${types.join(', ')}`, fault.type);
  if (fault.host === '') refuse('`host` to be a host name, in which * stands for any text', fault.host);
  if (!(toxicity >= 0 && toxicity <= 1)) refuse('`toxicity` to be a fraction from 0 to 1', toxicity);
  if (fault.type === 'delay' && !(fault.delayMs >= 0)) refuse('`delayMs` to be at least 0 ms', fault.delayMs);
  if (
    fault.type === 'wrong-address' &&
    (fault.addresses.length === 0 || !fault.addresses.every((one) => isIP(one)))
  ) {
    refuse('`addresses` to be IP addresses, at least one', fault.addresses);
  }
  return fault;
}
