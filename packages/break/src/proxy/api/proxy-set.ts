import type { NetworkLink } from '../network/partition.ts';
import { newSeed } from '../random.ts';
import { type ConnectionCounts, TcpProxy } from '../tcp-proxy.ts';
import type { Time } from '../time.ts';
import type { LiveToxic } from '../toxic-set.ts';
import { ApiError, apiErrors } from './api-error.ts';
import type { ProxyBody, ProxyEnds } from './bodies.ts';
import { ListenAddressError, listenFailure, resolveListenAddress } from './listen-address.ts';

/** What the proxies of one server have in common. */
export interface ProxySetOptions {
  readonly seed?: number | undefined;
  readonly time?: Time | undefined;
  readonly connectionClosed?: (proxy: TcpProxy, counts: ConnectionCounts) => void;
}

/** The proxies of one server, by name. Every change waits for the one before it. */
export class ProxySet {
  /** What makes the random choices of all its proxies repeatable. */
  readonly seed: number;
  readonly #options: ProxySetOptions;
  readonly #proxies = new Map<string, TcpProxy>();
  readonly #ends = new WeakMap<TcpProxy, ProxyEnds>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ProxySetOptions) {
    this.#options = options;
    this.seed = options.seed ?? newSeed();
  }

  /** All, sorted by the bytes of their names. */
  all(): readonly TcpProxy[] {
    return [...this.#proxies.values()].sort((a, b) =>
      Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
    );
  }

  /** The proxies that say between which services they stand. */
  links(): readonly NetworkLink[] {
    return this.all().flatMap((proxy) => {
      const ends = this.#ends.get(proxy);
      return ends ? [{ ...ends, proxy }] : [];
    });
  }

  /** @throws ApiError */
  get(name: string): TcpProxy {
    const found = this.#proxies.get(name);
    if (!found) throw apiErrors.proxyNotFound();
    return found;
  }

  /** Makes a proxy. @throws ApiError */
  create(body: ProxyBody): Promise<TcpProxy> {
    return this.#inTurn(async () => {
      if (this.#proxies.has(body.name)) throw apiErrors.proxyExists();
      return this.#add(body);
    });
  }

  /** Makes each proxy, or replaces the one of its name when its addresses differ. */
  populate(
    bodies: readonly ProxyBody[],
  ): Promise<{ readonly proxies: readonly TcpProxy[]; readonly failure?: unknown }> {
    return this.#inTurn(async () => {
      const proxies: TcpProxy[] = [];
      try {
        for (const body of bodies) proxies.push(await this.#addOrReplace(body));
        return { proxies };
      } catch (failure) {
        return { proxies, failure };
      }
    });
  }

  /** Changes a proxy's addresses and whether it runs. @throws ApiError */
  update(proxy: TcpProxy, body: (current: TcpProxy) => ProxyBody): Promise<void> {
    return this.#inTurn(async () => {
      const wanted = body(proxy);
      if (await differs(proxy, wanted)) {
        await proxy.disable();
        proxy.retarget(wanted.listen, wanted.upstream);
      }
      if (wanted.enabled === proxy.enabled) return;
      if (wanted.enabled) await start(proxy);
      else await proxy.disable();
    });
  }

  /** Closes and forgets a proxy. @throws ApiError */
  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const proxy = this.get(name);
      await proxy.close();
      this.#proxies.delete(name);
    });
  }

  /** Enables every proxy and removes every toxic. @throws ApiError */
  reset(): Promise<void> {
    return this.#inTurn(async () => {
      for (const proxy of this.all()) {
        await start(proxy);
        for (const toxic of proxy.toxicSet.all()) await proxy.remove(toxic);
      }
    });
  }

  /** Closes every proxy. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      await Promise.all(this.all().map((proxy) => proxy.close()));
      this.#proxies.clear();
    });
  }

  async #addOrReplace(body: ProxyBody): Promise<TcpProxy> {
    const existing = this.#proxies.get(body.name);
    if (existing) {
      if (!(await differs(existing, body))) return existing;
      await existing.disable();
    }
    return this.#add(body);
  }

  async #add(body: ProxyBody): Promise<TcpProxy> {
    const { seed } = this;
    const { time, connectionClosed } = this.#options;
    const { name, listen, upstream } = body;
    const hooks = { resolveListen: resolveListenAddress, ...(connectionClosed && { connectionClosed }) };
    const proxy = new TcpProxy({ name, listen, upstream, seed, time }, hooks);
    for (const toxic of body.toxics) await proxy.add(copy(toxic));
    if (body.enabled) await start(proxy);
    this.#proxies.set(name, proxy);
    if (body.ends) this.#ends.set(proxy, body.ends);
    return proxy;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** A description may be used for more than one proxy; each has its own state. */
function copy(toxic: LiveToxic): LiveToxic {
  return { ...toxic };
}

async function start(proxy: TcpProxy): Promise<void> {
  try {
    await proxy.enable();
  } catch (error) {
    if (error instanceof ListenAddressError) throw new ApiError(listenFailure(proxy.listen, error), 500);
    // The message names the address that was tried, not the name that stood for it.
    const { text } = await resolveListenAddress(proxy.listen);
    throw new ApiError(listenFailure(text, (error as Error).cause ?? error), 500);
  }
}

/** Whether the addresses of a description are others than those of the proxy. */
async function differs(proxy: TcpProxy, body: Pick<ProxyBody, 'listen' | 'upstream'>): Promise<boolean> {
  try {
    const { text } = await resolveListenAddress(body.listen);
    return proxy.listen !== text || proxy.upstream !== body.upstream;
  } catch (error) {
    throw new ApiError((error as Error).message, 500);
  }
}
