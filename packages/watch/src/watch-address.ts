/**
 * Where the watcher listens, read from the environment. It is on this machine always: events and faults do not travel
 * over a network.
 */
import { WatchError } from './errors.ts';
import { isServiceName } from './read-message.ts';
import { wireEnvironment } from './wire.ts';

/** Whom to call and how to greet. */
export interface WatchAddress {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly service: string;
}

/** The variables that are read; `process.env` has their shape. */
export type Environment = Readonly<Record<string, string | undefined>>;

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * The watcher's address, or `undefined` when `SEAWORTHY_WATCH_URL` is not set, as in production.
 *
 * @throws WatchError `WATCH_OPTIONS_INVALID` when a variable is wrong or missing
 */
export function watchAddress(env: Environment): WatchAddress | undefined {
  const text = env[wireEnvironment.url];
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const port = Number(url?.port);
  if (url?.protocol !== 'tcp:' || !loopback.has(url.hostname) || port < 1) {
    throw invalid(
      wireEnvironment.url,
      text,
      'tcp://127.0.0.1:PORT; the watcher is on this machine, and without it the variable is left unset',
    );
  }
  const token = env[wireEnvironment.token];
  if (!token || token.length > 256) {
    throw invalid(
      wireEnvironment.token,
      token ? `${token.length} characters` : undefined,
      'the token that the watcher gave, of at most 256 characters',
    );
  }
  const service = env[wireEnvironment.service];
  if (!isServiceName(service)) {
    throw invalid(
      wireEnvironment.service,
      service,
      'the name of this service: up to 64 letters, digits, `.`, `_` or `-`',
    );
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, token, service };
}

function invalid(variable: string, value: string | undefined, expected: string): WatchError {
  const got = value === undefined ? 'nothing' : `"${value.slice(0, 80)}"`;
  return new WatchError('WATCH_OPTIONS_INVALID', `Expected ${variable} to be ${expected}; got ${got}.`);
}
