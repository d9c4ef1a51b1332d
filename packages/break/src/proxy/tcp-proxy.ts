import type { Socket } from 'node:net';
import { type Address, parseAddress } from './address.ts';
import { ProxyError } from './errors.ts';
import { Listener } from './listener.ts';
import type { ConnectionView, Proxy, ProxyCounters, ProxyOptions } from './proxy-types.ts';
import { newSeed, seededRandom } from './random.ts';
import { Connection } from './stream/connection.ts';
import type { HeldBytes } from './stream/link.ts';
import { SpareBuffers } from './stream/read-buffer.ts';
import { machineTime, type Time } from './time.ts';
import {
  changeToxic,
  describeToxic,
  type LiveToxic,
  type Toxic,
  type ToxicChange,
  type ToxicOptions,
  ToxicSet,
  viewToxic,
} from './toxic-set.ts';

/** What the HTTP API sets beside {@link ProxyOptions}. */
export interface TcpProxyHooks {
  /** Reads the listen address; rejects when it cannot be used. */
  readonly resolveListen?: (listen: string) => Promise<Address>;
  /** A connection is over; its counts are final. */
  readonly connectionClosed?: (proxy: TcpProxy, counts: ConnectionCounts) => void;
}

/** The bytes of one connection, as {@link ProxyCounters} has them. */
export type ConnectionCounts = Omit<ProxyCounters, 'connections'>;

/** {@link Proxy} with what only the HTTP API needs. Addresses are not checked before they are used. */
export class TcpProxy implements Proxy {
  readonly name: string;
  readonly seed: number;
  /** The part of the dice's path that tells proxies of one seed apart; an address would change from run to run. */
  readonly #dice: string;
  readonly toxicSet: ToxicSet = new ToxicSet();
  readonly #from: string | undefined;
  readonly #time: Time;
  readonly #hooks: TcpProxyHooks;
  readonly #listener = new Listener((client) => this.#accept(client));
  readonly #spare = new SpareBuffers();
  readonly #heldBytes: HeldBytes = { total: 0 };
  readonly #live = new Map<number, Connection>();
  #listen: string;
  #upstream: string;
  readonly #waitingForLast: (() => void)[] = [];
  #enabled = false;
  #closed = false;
  #accepted = 0;
  #past: Counts = { ...zeroCounts };

  constructor(options: ProxyOptions, hooks: TcpProxyHooks = {}) {
    this.#hooks = hooks;
    this.#upstream = options.upstream;
    this.#from = options.from;
    this.#listen = options.listen ?? '127.0.0.1:0';
    this.name = options.name ?? options.upstream;
    this.#dice = options.name ?? '';
    this.seed = options.seed ?? newSeed();
    this.#time = options.time ?? machineTime;
  }

  get listen(): string {
    return this.#listen;
  }

  get upstream(): string {
    return this.#upstream;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  get toxics(): readonly Toxic[] {
    return this.toxicSet.all().map(viewToxic);
  }

  async addToxic(options: ToxicOptions): Promise<Toxic> {
    return viewToxic(await this.add(describeToxic(options)));
  }

  /** Adds a toxic that was checked already. */
  async add(toxic: LiveToxic): Promise<LiveToxic> {
    this.toxicSet.add(toxic);
    for (const connection of this.#live.values()) connection.add(toxic);
    await this.#listenOrShut();
    return toxic;
  }

  async updateToxic(name: string, change: ToxicChange): Promise<Toxic> {
    const toxic = this.toxicSet.get(name);
    changeToxic(toxic, change);
    await this.changed(toxic);
    return viewToxic(toxic);
  }

  /** Tells the live connections that a toxic has new values. */
  async changed(toxic: LiveToxic): Promise<void> {
    for (const connection of this.#live.values()) connection.update(toxic);
    await this.#listenOrShut();
  }

  async removeToxic(name: string): Promise<void> {
    await this.remove(this.toxicSet.get(name));
  }

  async remove(toxic: LiveToxic): Promise<void> {
    this.toxicSet.remove(toxic);
    for (const connection of this.#live.values()) connection.remove(toxic);
    await this.#listenOrShut();
  }

  async enable(): Promise<void> {
    if (this.#closed) {
      throw new ProxyError('PROXY_CLOSED', `The proxy ${this.name} is closed; make a new one.`);
    }
    if (this.#enabled) return;
    this.#enabled = true;
    try {
      await this.#listenOrShut();
    } catch (error) {
      this.#enabled = false;
      throw error;
    }
  }

  async disable(): Promise<void> {
    this.#enabled = false;
    const shut = this.#listener.shut();
    for (const connection of this.#live.values()) connection.close();
    if (this.#live.size > 0) {
      await new Promise<void>((resolve) => this.#waitingForLast.push(resolve));
    }
    await shut;
  }

  /** Gives a disabled proxy other addresses; they take effect when it is enabled. */
  retarget(listen: string, upstream: string): void {
    this.#listen = listen;
    this.#upstream = upstream;
  }

  counters(): ProxyCounters {
    const sum = { ...this.#past };
    for (const connection of this.#live.values()) addCounts(sum, connection);
    return { ...sum, connections: this.#accepted };
  }

  connections(): readonly ConnectionView[] {
    return [...this.#live.values()].map((connection) => ({
      id: connection.id,
      client: connection.clientAddress,
      openedAt: connection.openedAt,
      upstreamBytes: connection.link('upstream').received,
      downstreamBytes: connection.link('downstream').received,
      serverName: connection.serverName,
      toxics: connection.biting,
    }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.disable();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Listens when the proxy is enabled and no toxic refuses every connection. */
  async #listenOrShut(): Promise<void> {
    const refusing = refusals(this.toxicSet).some(({ toxicity }) => toxicity >= 1);
    if (!this.#enabled || refusing) {
      // Live connections go on; there is no need to wait for their end.
      void this.#listener.shut();
    } else if (!this.#listener.open) {
      const resolve = this.#hooks.resolveListen ?? (async (text) => parseAddress('listen', text));
      this.#listen = await this.#listener.listen(await resolve(this.#listen), this.#listen);
    }
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    for (const { name, toxicity } of refusals(this.toxicSet)) {
      if (seededRandom(this.seed, this.#dice, this.#accepted, name)() < toxicity) {
        client.resetAndDestroy();
        return;
      }
    }
    let upstream: Address;
    try {
      upstream = parseAddress('upstream', this.#upstream);
    } catch {
      // As with a server that cannot be reached: accepted, then closed.
      client.destroy();
      return;
    }
    const connection = new Connection({
      id: this.#accepted,
      client,
      upstream,
      from: this.#from,
      toxics: this.toxicSet,
      time: this.#time,
      spare: this.#spare,
      seed: this.seed,
      proxyName: this.#dice,
      heldBytes: this.#heldBytes,
      closed: (gone) => {
        addCounts(this.#past, gone);
        this.#live.delete(gone.id);
        if (this.#live.size === 0) for (const resolve of this.#waitingForLast.splice(0)) resolve();
        this.#hooks.connectionClosed?.(this, addCounts({ ...zeroCounts }, gone));
      },
    });
    this.#live.set(connection.id, connection);
  }
}

function refusals(toxics: ToxicSet): readonly LiveToxic[] {
  return toxics.all().filter(({ kind }) => kind.acts === 'on-connection' && kind.effect === 'refuse');
}

type Counts = { -readonly [K in keyof ConnectionCounts]: number };

const zeroCounts: ConnectionCounts = {
  upstreamBytes: 0,
  downstreamBytes: 0,
  upstreamDelivered: 0,
  downstreamDelivered: 0,
};

function addCounts(sum: Counts, connection: Connection): Counts {
  const upstream = connection.link('upstream');
  const downstream = connection.link('downstream');
  sum.upstreamBytes += upstream.received;
  sum.downstreamBytes += downstream.received;
  sum.upstreamDelivered += upstream.delivered;
  sum.downstreamDelivered += downstream.delivered;
  return sum;
}
