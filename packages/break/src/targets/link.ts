import type { Random } from '@seaworthy/protect';
import type { LinkHandle } from '../faults/fault.ts';
import { type Proxy, proxy, ProxyError } from '../proxy/index.ts';
import { type ReadyAnswer, checkReady } from './check-ready.ts';
import { reserveFreePort } from './ports.ts';
import type { LinkPlace } from './network/system-network.ts';
import type { Time } from './time.ts';

export interface LinkOptions {
  readonly from: string;
  readonly to: string;
  /** Where its proxy is. */
  readonly place: LinkPlace;
  /** The address and port of the service that is called. */
  readonly upstreamHost: string;
  readonly upstreamPort: number;
  /** The path by which that service says that it is ready. */
  readonly readyPath: string;
  /** Makes the proxy's random choices repeatable. */
  readonly seed: number;
  readonly random: Random;
  readonly time: Time;
}

/** A link and its life. */
export interface Link {
  readonly handle: LinkHandle;
  /** Where the caller is told that the service is. */
  readonly callUrl: string;
  /** Leads the link to another port, at the same address for the caller; for the time before the system runs. */
  pointTo(upstreamPort: number): Promise<void>;
  close(): Promise<void>;
}

const triesMax = 5;

/** Opens the proxy through which one service calls another. */
export async function openLink(options: LinkOptions): Promise<Link> {
  const { from, to, place, upstreamHost, readyPath, seed, random, time } = options;
  const { host } = place;
  const make = (upstreamPort: number, listenPort: number): Promise<Proxy> =>
    proxy({
      name: `${from}-${to}`,
      listen: `${host}:${listenPort}`,
      upstream: `${upstreamHost}:${upstreamPort}`,
      from: place.network && host,
      seed,
      time,
    });
  // A chosen port rather than 0: the address must be there still when the link is enabled again.
  let port = 0;
  const makeFirst = async (): Promise<Proxy> => {
    for (let tries = 1; ; tries++) {
      const reserved = await reserveFreePort(random);
      await reserved.release();
      port = reserved.port;
      try {
        return await make(options.upstreamPort, port);
      } catch (error) {
        const taken = error instanceof ProxyError && error.code === 'PROXY_ADDRESS_IN_USE';
        if (!taken || tries === triesMax) throw error;
      }
    }
  };
  let current = await makeFirst();
  const url = `http://${host}:${port}`;

  const handle: LinkHandle = {
    from,
    to,
    url,
    network: place.network?.(`${url}${readyPath}`),
    async addToxic(name, type, stream, attributes, toxicity = 1) {
      await current.addToxic({ name, type, stream, attributes, toxicity });
    },
    async removeToxic(name) {
      if (current.toxics.some((toxic) => toxic.name === name)) await current.removeToxic(name);
    },
    toxics: () => current.toxics.map(({ name }) => name),
    requestsHit: (name) => current.toxics.find((toxic) => toxic.name === name)?.requestsHit ?? 0,
    setEnabled: (enabled) => (enabled ? current.enable() : current.disable()),
    check: (timeoutMs, paddingBytes): Promise<ReadyAnswer> =>
      checkReady(`${url}${readyPath}`, timeoutMs, time, paddingBytes),
    counters() {
      const { upstreamBytes, downstreamBytes, connections } = current.counters();
      return { upstreamBytes, downstreamBytes, connections };
    },
  };
  return {
    handle: Object.freeze(handle),
    callUrl: `http://${place.name ?? host}:${port}`,
    async pointTo(upstreamPort) {
      await current.close();
      current = await make(upstreamPort, port);
    },
    close: () => current.close(),
  };
}
