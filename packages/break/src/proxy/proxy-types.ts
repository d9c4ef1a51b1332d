import type { Time } from './time.ts';
import type { Toxic, ToxicChange, ToxicOptions } from './toxic-set.ts';

/** What a proxy is made of. */
export interface ProxyOptions {
  /** Its name in views, errors and metrics; the upstream address when there is none. */
  readonly name?: string | undefined;
  /** Where it listens; `127.0.0.1:0`, a free port on loopback, when there is none. */
  readonly listen?: string | undefined;
  /** Where it connects to, as host:port. */
  readonly upstream: string;
  /** The address of this machine from which it connects; the system chooses when there is none. */
  readonly from?: string | undefined;
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
  /** The name that a TLS client asked for (SNI), which passes unchanged. */
  readonly serverName: string | undefined;
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
