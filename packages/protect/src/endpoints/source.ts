/**
 * Where servers are: the one contract for a list, a name server, a registry or a function of yours.
 */
import { OptionsError } from '../kernel/errors.ts';
import { isThenable } from '../kernel/thenable.ts';

/** Where one server is. */
export interface EndpointAddress {
  /** Its base URL, which is also what it is known by: the same text is the same server. */
  readonly url: string;
  /** Its share of the calls beside the others of its tier: a whole number from 1. Default 1. */
  readonly weight?: number | undefined;
  /** Its tier: 0 is used first, and the next ones as far as those before have lost health. Default 0. */
  readonly priority?: number | undefined;
  /** Where it stands, such as a zone of a cloud. */
  readonly zone?: string | undefined;
  /** The name under which it was found, for the `Host` header or the name in a certificate. */
  readonly host?: string | undefined;
}

/** An address, or just its URL. */
export type EndpointLike = string | EndpointAddress;

/** What a source answers. */
export interface Listing {
  readonly endpoints: readonly EndpointLike[];
  /** For how long the answer holds, in milliseconds; `Infinity` for one that never changes. Default: the `refreshEvery`. */
  readonly freshForMs?: number | undefined;
  /** Why there is nobody, such as the name server's "no such name"; the `cause` of the error that calls get. */
  readonly because?: unknown;
}

/** Knows where the servers are. */
export interface EndpointSource {
  /** For messages, such as `dns inventory.internal`. */
  readonly name: string;
  /** Says where the servers are now. A rejection says that it cannot tell; the servers known before are then kept. */
  list(signal: AbortSignal): Listing | PromiseLike<Listing>;
}

/** A source, a list that never changes, or a function that says where the servers are now. */
export type EndpointSourceLike =
  | EndpointSource
  | readonly EndpointLike[]
  | ((signal: AbortSignal) => readonly EndpointLike[] | PromiseLike<readonly EndpointLike[]>);

/** @throws OptionsError when it is none, or a list with an address that cannot be right */
export function readSource(source: EndpointSourceLike): EndpointSource {
  if (Array.isArray(source)) {
    const listing = { endpoints: readAddresses(source), freshForMs: Infinity };
    return { name: 'list', list: () => listing };
  }
  if (typeof source === 'function') {
    return {
      name: 'function',
      list(signal) {
        const listed = source(signal);
        return isThenable(listed) ? listed.then((endpoints) => ({ endpoints })) : { endpoints: listed };
      },
    };
  }
  if (typeof (source as EndpointSource | undefined)?.list !== 'function') {
    throw new OptionsError(
      'source',
      source,
      'a list of URLs, a function, or a source such as dnsAddresses()',
    );
  }
  return source as EndpointSource;
}

/**
 * Checks what a source answered; of several with the same URL the first counts.
 *
 * @throws OptionsError when one cannot be right
 */
export function readAddresses(endpoints: readonly EndpointLike[]): readonly EndpointAddress[] {
  if (!Array.isArray(endpoints)) throw new OptionsError('endpoints', endpoints, 'a list of URLs');
  const byUrl = new Map<string, EndpointAddress>();
  for (const endpoint of endpoints) {
    const address = typeof endpoint === 'string' ? { url: endpoint } : endpoint;
    // What a registry answers is not what the compiler saw.
    checkAddress((address as EndpointAddress | null | undefined) ?? ({} as EndpointAddress));
    if (!byUrl.has(address.url)) byUrl.set(address.url, address);
  }
  return [...byUrl.values()];
}

function checkAddress({ url, weight = 1, priority = 0 }: EndpointAddress): void {
  if (typeof url !== 'string' || !URL.canParse(url)) {
    throw new OptionsError('url', url, "a URL such as 'http://10.0.0.7:8080'");
  }
  if (!Number.isSafeInteger(weight) || weight < 1 || weight > weightMax) {
    throw new OptionsError(`weight of ${url}`, weight, `a whole number from 1 to ${weightMax}`);
  }
  if (!Number.isSafeInteger(priority) || priority < 0) {
    throw new OptionsError(`priority of ${url}`, priority, 'a whole number of at least 0');
  }
}

/** Room for what DNS has: 65,535, times a hundred to set the weight 0 apart. */
const weightMax = 10_000_000;
