import { createServer, type Server, type Socket } from 'node:net';
import { type Address, formatAddress, parseAddress } from './address.ts';
import { ProxyError } from './errors.ts';
import { newSeed } from './random.ts';
import { Connection } from './stream/connection.ts';
import { machineTime, type Time } from './time.ts';
import type { StreamName } from './toxic.ts';
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

/** What a proxy is made of. */
export interface ProxyOptions {
  /** Its name in views, errors and metrics; the upstream address when there is none. */
  readonly name?: string | undefined;
  /** Where it listens; `127.0.0.1:0`, a free port on loopback, when there is none. */
  readonly listen?: string | undefined;
  /** Where it connects to, as host:port. */
  readonly upstream: string;
  /** The toxics it begins with. */
  readonly toxics?: readonly ToxicOptions[] | undefined;
  /** Whether it listens at once; true when left out. */
  readonly enabled?: boolean | undefined;
  /** Makes every random choice repeatable; a fresh one when left out. */
  readonly seed?: number | undefined;
  /** Where time comes from; the machine's own when left out. */
  readonly time?: Time | undefined;
}

/** Bytes and connections since the proxy was made, those of closed connections included. */
export interface ProxyCounters {
  /** Bytes read from clients. */
  readonly upstreamBytes: number;
  /** Bytes read from the server. */
  readonly downstreamBytes: number;
  /** Bytes handed on to the server; less than `upstreamBytes` where toxics hold or drop some. */
  readonly upstreamDelivered: number;
  /** Bytes handed on to clients. */
  readonly downstreamDelivered: number;
  /** Connections accepted. */
  readonly connections: number;
}

/** A live connection, for people and tests. */
export interface ConnectionView {
  /** Counts from 1 within the proxy. */
  readonly id: number;
  /** The client's address, as host:port. */
  readonly client: string;
  /** Unix time in milliseconds. */
  readonly openedAt: number;
  readonly upstreamBytes: number;
  readonly downstreamBytes: number;
  /** The names of the toxics that hit it now. */
  readonly toxics: readonly string[];
}

/** A proxy that runs in this process. */
export interface Proxy extends AsyncDisposable {
  readonly name: string;
  /** Where it listens, as host:port; the port is the one it really has. */
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  /** What makes its random choices repeatable. */
  readonly seed: number;
  /** Its toxics, upstream first, each stream's in the order in which data meets them. */
  readonly toxics: readonly Toxic[];
  /** Adds a toxic, to live connections too. @throws ProxyError */
  addToxic(toxic: ToxicOptions): Promise<Toxic>;
  /** Changes a toxic's values; what is left out stays. @throws ProxyError */
  updateToxic(name: string, change: ToxicChange): Promise<Toxic>;
  /** Removes a toxic; what it holds arrives at once. @throws ProxyError `TOXIC_NOT_FOUND` */
  removeToxic(name: string): Promise<void>;
  /** Listens again, at the same address. Harmless when it does already. @throws ProxyError `PROXY_ADDRESS_IN_USE` */
  enable(): Promise<void>;
  /** Refuses connections and closes the open ones; toxics stay. */
  disable(): Promise<void>;
  counters(): ProxyCounters;
  /** The live connections. */
  connections(): readonly ConnectionView[];
  /** Closes everything, for good. */
  close(): Promise<void>;
}

/**
 * Starts a TCP proxy whose network can be made bad with toxics.
 *
 * @throws ProxyError `PROXY_ADDRESS_INVALID`, `PROXY_ADDRESS_IN_USE`, `PROXY_ADDRESS_UNAVAILABLE`, `TOXIC_...`
 * @example
 * const redis = await proxy({ upstream: '127.0.0.1:6379', toxics: [{ type: 'latency', attributes: { latency: 200 } }] });
 * connectTo(redis.listen);
 * await redis.removeToxic('latency_downstream');
 * await redis.close();
 */
export async function proxy(options: ProxyOptions): Promise<Proxy> {
  parseAddress('upstream', options.upstream);
  parseAddress('listen', options.listen ?? '127.0.0.1:0');
  const made = new TcpProxy(options);
  for (const toxic of options.toxics ?? []) await made.addToxic(toxic);
  if (options.enabled ?? true) await made.enable();
  return made;
}

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
  readonly toxicSet: ToxicSet = new ToxicSet();
  readonly #time: Time;
  readonly #hooks: TcpProxyHooks;
  readonly #live = new Map<number, Connection>();
  #listen: string;
  #upstream: string;
  #server: Server | undefined;
  #closed = false;
  #accepted = 0;
  #past: Counts = { ...zeroCounts };

  constructor(options: ProxyOptions, hooks: TcpProxyHooks = {}) {
    this.#hooks = hooks;
    this.#upstream = options.upstream;
    this.#listen = options.listen ?? '127.0.0.1:0';
    this.name = options.name ?? options.upstream;
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
    return this.#server !== undefined;
  }

  get toxics(): readonly Toxic[] {
    return this.toxicSet.all().map(viewToxic);
  }

  async addToxic(options: ToxicOptions): Promise<Toxic> {
    return viewToxic(this.add(describeToxic(options)));
  }

  /** Adds a toxic that was checked already. */
  add(toxic: LiveToxic): LiveToxic {
    this.toxicSet.add(toxic);
    for (const connection of this.#live.values()) connection.add(toxic);
    return toxic;
  }

  async updateToxic(name: string, change: ToxicChange): Promise<Toxic> {
    const toxic = this.toxicSet.get(name);
    changeToxic(toxic, change);
    this.changed(toxic);
    return viewToxic(toxic);
  }

  /** Tells the live connections that a toxic has new values. */
  changed(toxic: LiveToxic): void {
    for (const connection of this.#live.values()) connection.update(toxic);
  }

  async removeToxic(name: string): Promise<void> {
    this.remove(this.toxicSet.get(name));
  }

  remove(toxic: LiveToxic): void {
    this.toxicSet.remove(toxic);
    for (const connection of this.#live.values()) connection.remove(toxic);
  }

  async enable(): Promise<void> {
    if (this.#closed) {
      throw new ProxyError('PROXY_CLOSED', `The proxy ${this.name} is closed; make a new one.`);
    }
    if (this.#server) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) =>
      this.#accept(client),
    );
    const resolve = this.#hooks.resolveListen ?? (async (text) => parseAddress('listen', text));
    await listen(server, await resolve(this.#listen), this.#listen);
    this.#server = server;
    const bound = server.address();
    if (bound && typeof bound === 'object') this.#listen = formatAddress(bound.address, bound.port);
  }

  async disable(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && new Promise<void>((resolve) => server.close(() => resolve()));
    for (const connection of this.#live.values()) connection.close();
    await closed;
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
      toxics: bothStreams.flatMap((stream) => connection.link(stream).biting),
    }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.disable();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
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
      toxics: this.toxicSet,
      time: this.#time,
      seed: this.seed,
      proxyName: this.name,
      closed: (gone) => {
        addCounts(this.#past, gone);
        this.#live.delete(gone.id);
        this.#hooks.connectionClosed?.(this, addCounts({ ...zeroCounts }, gone));
      },
    });
    this.#live.set(connection.id, connection);
  }
}

const bothStreams: readonly StreamName[] = ['upstream', 'downstream'];

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

/** Binds a server, and says in one clear error why that cannot be. */
async function listen(server: Server, address: Address, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const [code, why] =
        cause.code === 'EADDRINUSE'
          ? ([
              'PROXY_ADDRESS_IN_USE',
              'another program listens there; choose another port, or 0 for a free one',
            ] as const)
          : (['PROXY_ADDRESS_UNAVAILABLE', cause.message] as const);
      reject(new ProxyError(code, `The proxy cannot listen on ${text}: ${why}.`, { cause }));
    });
    const host = address.host === '' ? {} : { host: address.host };
    server.listen({ ...host, port: address.port, backlog: 4096 }, resolve);
  });
}
