/**
 * Starts the shop's services as processes of their own, without the lab: for a person who wants to click through it,
 * and for the shop's own tests.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Mode } from './config.ts';

/** Who calls whom, those who are called first; shop.system.yaml says the same to the lab. */
export const topology = {
  catalog: [],
  inventory: [],
  payment: [],
  shipping: [],
  recommendations: ['catalog'],
  orders: ['catalog', 'inventory', 'payment', 'shipping'],
  gateway: ['catalog', 'inventory', 'recommendations', 'orders'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ServiceName = keyof typeof topology;

const serviceNames = Object.keys(topology) as readonly ServiceName[];

/** One service as a process. */
export interface ServiceProcess {
  readonly url: string;
  readonly process: ChildProcess;
}

export interface StartOptions {
  readonly name: ServiceName;
  readonly mode: Mode;
  readonly dataFolder: string;
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** Where the services that it calls answer. */
  readonly urls?: Partial<Readonly<Record<ServiceName, string>>>;
  /** What becomes of its log: shown, or dropped (the default); errors are shown always. */
  readonly log?: 'show' | 'drop';
}

/**
 * Starts one service; resolves once it listens.
 *
 * @throws Error when it ended instead; its log says why
 */
export async function startProcess(options: StartOptions): Promise<ServiceProcess> {
  const { name, mode, dataFolder, port = 0, urls = {}, log = 'drop' } = options;
  const file = fileURLToPath(new URL(`services/${name}.ts`, import.meta.url));
  const addresses = Object.entries(urls).map(([other, url]) => [`${other.toUpperCase()}_URL`, url]);
  const child = spawn(process.execPath, ['--conditions=@seaworthy/source', file], {
    env: {
      ...process.env,
      ...Object.fromEntries(addresses),
      PORT: String(port),
      DATA_FOLDER: dataFolder,
      SHOP_MODE: mode,
    },
    // The last one is how it says that it listens, and how it notices that we are gone.
    stdio: ['ignore', log === 'show' ? 'inherit' : 'ignore', 'inherit', 'ipc'],
  });
  const listening = once(child, 'message').then(([message]) => (message as { port: number }).port);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} did not start (exit code ${code}). ${portHint(port)}`);
  });
  ended.catch(() => {});
  const actualPort = await Promise.race([listening, ended]);
  return { url: `http://127.0.0.1:${actualPort}`, process: child };
}

/** All services of the shop, running. */
export interface Shop {
  /** Where the page is. */
  readonly url: string;
  readonly services: Readonly<Record<ServiceName, ServiceProcess>>;
  /** Starts a service that ended once more, where it was. */
  restart(name: ServiceName): Promise<void>;
  /** Ends all of them, in order. */
  close(): Promise<void>;
}

/** Starts every service, those first that others call. When one does not start, those that did are ended again. */
export async function startShop(options: {
  readonly mode: Mode;
  readonly dataFolder: string;
  readonly gatewayPort?: number;
  readonly log?: 'show' | 'drop';
}): Promise<Shop> {
  const { mode, dataFolder, gatewayPort = 0, log = 'drop' } = options;
  const services = {} as Record<ServiceName, ServiceProcess>;
  const start = async (name: ServiceName, port: number): Promise<void> => {
    const urls = Object.fromEntries(topology[name].map((other) => [other, services[other].url]));
    services[name] = await startProcess({ name, mode, dataFolder, port, urls, log });
  };
  const close = async (): Promise<void> => {
    // Callers first: nobody is left asking for what is no longer there.
    for (const service of Object.values(services).toReversed()) await endProcess(service);
  };

  try {
    for (const name of serviceNames) await start(name, name === 'gateway' ? gatewayPort : 0);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: services.gateway.url,
    services,
    restart: (name) => start(name, Number(new URL(services[name].url).port)),
    close,
  };
}

/** Asks a process to end, and ends it for good when it does not within 5 s. */
export async function endProcess({ process: child }: ServiceProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(kill);
}

function portHint(port: number): string {
  return port === 0 ? 'Its log above says why.' : `Is port ${port} taken? Choose another with PORT=...`;
}
