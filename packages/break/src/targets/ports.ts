import { type Server, connect, createServer } from 'node:net';
import type { Random } from '@seaworthy/protect';
import { SystemError } from './errors.ts';
import { portHolder } from './port-holder.ts';

/** A port that is kept from others until its service starts. */
export interface ReservedPort {
  readonly port: number;
  /** Lets it go; harmless when called again. */
  release(): Promise<void>;
}

/**
 * The ports that the lab chooses from. They lie below those that systems give to outgoing connections, so that no
 * connection takes a service's port while the service is down.
 */
const first = 21_000;
const count = 11_000;
const triesMax = 100;

/** Where services listen. */
export const loopback = '127.0.0.1';

/**
 * Reserves a free port on loopback.
 *
 * @throws SystemError `NO_FREE_PORT`
 */
export async function reserveFreePort(random: Random): Promise<ReservedPort> {
  for (let tries = 0; tries < triesMax; tries++) {
    const port = first + Math.floor(random() * count);
    const reserved = await tryReserve(port);
    if (reserved !== undefined) return reserved;
  }
  throw new SystemError(
    'NO_FREE_PORT',
    `Found no free port on ${loopback} in ${triesMax} tries between ${first} and ${first + count - 1}. Give the services ports of their own in the system file.`,
  );
}

/**
 * Reserves the port that the system file names.
 *
 * @throws SystemError `PORT_IN_USE`, which says who holds it where that can be found out
 */
export async function reservePort(service: string, port: number): Promise<ReservedPort> {
  const reserved = await tryReserve(port);
  if (reserved === undefined) throw await portInUse(service, port);
  return reserved;
}

/** A port where nobody else can be, as in a network namespace of its own. */
export function ownPort(random: Random): ReservedPort {
  return { port: first + Math.floor(random() * count), async release() {} };
}

/** The error for a port that somebody else has. */
export async function portInUse(service: string, port: number): Promise<SystemError> {
  const holder = await portHolder(port);
  const by = holder === undefined ? '' : ` by ${holder}`;
  return new SystemError(
    'PORT_IN_USE',
    `Port ${port}, which service \`${service}\` is to listen on, is in use${by}. End that, give another port, or leave \`port\` out and the lab chooses a free one.`,
  );
}

/** Whether somebody listens on a port just now. */
export async function portIsTaken(port: number): Promise<boolean> {
  const reserved = await tryReserve(port);
  await reserved?.release();
  return reserved === undefined;
}

async function tryReserve(port: number): Promise<ReservedPort | undefined> {
  // Elsewhere a listener on every address does not keep us from listening on this one.
  if (process.platform !== 'linux' && (await answers(port))) return undefined;
  const server = createServer();
  // Whoever comes before the service is there is turned away, as by a port that nobody has.
  server.on('connection', (socket) => socket.resetAndDestroy());
  if (!(await listens(server, port))) return undefined;
  let released: Promise<void> | undefined;
  return {
    port,
    release() {
      released ??= new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      return released;
    },
  };
}

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: loopback, port, exclusive: true }, () => resolve(true));
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: loopback, port });
    const done = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
