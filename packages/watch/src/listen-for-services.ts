/**
 * The watcher's side of the wire: one listener on this machine to which all services of a system connect.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { createNativeTimers } from '@seaworthy/protect';
import type { Timers } from '@seaworthy/protect';
import { WatchError } from './errors.ts';
import { Listeners } from './listeners.ts';
import { ServiceConnection, type ServiceReport } from './service-connection.ts';
import type { WatcherMessage } from './wire.ts';

export interface ListenForServicesOptions {
  /** The secret that services greet with; a random one by default. */
  readonly token?: string;
  /** An address of this machine: `127.0.0.1` by default, or `::1`. */
  readonly host?: '127.0.0.1' | '::1';
  /** The port; 0, the default, takes a free one. */
  readonly port?: number;
  /** How many connections there may be at a time; 256 by default. */
  readonly connectionsMax?: number;
  readonly timers?: Timers;
  /** Called when a connection is refused or cut off, with the reason as people read it. */
  readonly onRefused?: (reason: string) => void;
}

/** Hears services and speaks to them. */
export interface ServiceListener {
  /** For `SEAWORTHY_WATCH_URL`. */
  readonly url: string;
  /** For `SEAWORTHY_WATCH_TOKEN`. */
  readonly token: string;
  /** Calls `listener` with every message; returns the function that ends it. */
  onMessage(listener: (service: string, message: ServiceReport) => void): () => void;
  /** Calls `listener` whenever a service connects or is gone; returns the function that ends it. */
  onConnection(listener: (change: ConnectionChange) => void): () => void;
  /** Sends to a service, to the process that connected last when there are several; false when there is none. */
  send(service: string, message: WatcherMessage): boolean;
  /** Whether a process of this service is connected. */
  connected(service: string): boolean;
  /** The processes of this service that are connected, the latest last. */
  pids(service: string): readonly number[];
  /** Disconnects all and stops listening. */
  close(): Promise<void>;
}

export interface ConnectionChange {
  readonly service: string;
  readonly pid: number;
  readonly connected: boolean;
}

/**
 * Listens for services on this machine.
 *
 * @throws WatchError `WATCH_OPTIONS_INVALID` for a host that is not this machine, `WATCH_PORT_UNAVAILABLE`
 * @example
 * const services = await listenForServices();
 * services.onMessage((service, message) => console.log(service, message.kind));
 * spawn('node', ['shop.js'], { env: { SEAWORTHY_WATCH_URL: services.url, SEAWORTHY_WATCH_TOKEN: services.token } });
 */
export async function listenForServices(options: ListenForServicesOptions = {}): Promise<ServiceListener> {
  const token = options.token ?? randomBytes(32).toString('base64url');
  const host = options.host ?? '127.0.0.1';
  // Said again at run time: what comes from a file was never seen by the compiler.
  if (host !== '127.0.0.1' && host !== '::1') {
    throw new WatchError(
      'WATCH_OPTIONS_INVALID',
      `Expected \`host\` to be 127.0.0.1 or ::1, got "${String(host)}".`,
    );
  }
  if (token.length < 16 || token.length > 256) {
    throw new WatchError(
      'WATCH_OPTIONS_INVALID',
      `Expected \`token\` to have 16 to 256 characters, got ${token.length}; leave it out to have one made.`,
    );
  }
  const timers = options.timers ?? createNativeTimers();
  const messages = new Listeners<[string, ServiceReport]>();
  const changes = new Listeners<[ConnectionChange]>();
  const all = new Set<ServiceConnection>();
  /** Those that greeted, in that order. */
  const greeted = new Set<ServiceConnection>();
  const connectionsOf = (service: string) =>
    [...greeted].filter((connection) => connection.service === service);

  const server = createServer((socket) => {
    const connection = new ServiceConnection(socket, {
      token,
      timers,
      onGreeted(connection) {
        greeted.add(connection);
        changes.tell({ service: connection.service, pid: connection.pid, connected: true });
      },
      onMessage: (connection, message) => messages.tell(connection.service, message),
      onRefused: (reason) => options.onRefused?.(reason),
      onClosed(connection) {
        all.delete(connection);
        if (!greeted.delete(connection)) return;
        changes.tell({ service: connection.service, pid: connection.pid, connected: false });
      },
    });
    all.add(connection);
  });
  server.maxConnections = options.connectionsMax ?? 256;
  const port = await listen(server, host, options.port ?? 0);

  return {
    url: `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`,
    token,
    onMessage: (listener) => messages.add(listener),
    onConnection: (listener) => changes.add(listener),
    send: (service, message) => connectionsOf(service).at(-1)?.send(message) ?? false,
    connected: (service) => connectionsOf(service).length > 0,
    pids: (service) => connectionsOf(service).map((connection) => connection.pid),
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const connection of all) connection.destroy();
      await closed;
    },
  };
}

async function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new WatchError(
          'WATCH_PORT_UNAVAILABLE',
          `Could not listen for services on ${host}, port ${port}: ${cause.code ?? cause.message}. Choose another port, or 0 for a free one.`,
          cause,
        ),
      );
    });
    server.listen({ host, port, exclusive: true }, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
