/**
 * The connection that a store opens itself, from a URL. It is made when it is first needed and again after it was lost;
 * nothing waits in a queue for a server that is away.
 */
import type * as library from '@redis/client';
import { exponential, monotonicClock, nativeRandom, OptionsError } from '@seaworthy/protect';
import type { RedisSender } from './sender.ts';

/** As much of the package `@redis/client` as is used here. */
interface Client {
  connect(): Promise<unknown>;
  destroy(): void;
  sendCommand(command: readonly string[]): Promise<unknown>;
  on(event: 'error' | 'end', listener: (error?: unknown) => void): unknown;
}

type Library = Pick<typeof library, 'createClient'>;

/** How long nothing is tried after a connection could not be made, so that a server that comes back is not overrun. */
const pauseAfterFailure = exponential({ base: '50ms', max: '1s', jitter: 'equal' });

export class OwnClient implements RedisSender {
  readonly #library: Promise<Library>;
  #ready: Promise<unknown> | undefined;
  readonly #url: string;
  readonly #timeoutMs: number;
  #client: Client | undefined;
  #connected: Promise<Client> | undefined;
  #failures = 0;
  #pausedUntil = -Infinity;
  #lastFailure: unknown;
  #answeredAt = -Infinity;
  #closed = false;

  constructor(url: string, timeoutMs: number) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    this.#library = this.#ready = loadLibrary(url);
    this.#library.then(
      () => {
        this.#ready = undefined;
      },
      // Every call hears of it; nobody may have called yet.
      () => undefined,
    );
  }

  get ready(): Promise<unknown> | undefined {
    return this.#ready;
  }

  async send(command: readonly string[]): Promise<unknown> {
    if (this.#closed) throw new Error('it was closed');
    if (this.#connected === undefined && monotonicClock.now() < this.#pausedUntil) throw this.#lastFailure;
    const client = await (this.#connected ??= this.#connect());
    try {
      return await client.sendCommand(command);
    } catch (error) {
      // It is a replica by now; a new connection goes to whoever is primary.
      if (error instanceof Error && error.message.startsWith('READONLY')) this.#drop(client, error);
      throw error;
    } finally {
      // An error is an answer, too; and a lost connection is suspected no more.
      this.#answeredAt = monotonicClock.now();
    }
  }

  /** A connection on which nothing was answered is given up: it may be open, and nobody at the other end. */
  suspect(sinceMs: number): void {
    if (this.#answeredAt < sinceMs) this.#drop(this.#client, new Error('it answered nothing'));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#drop(this.#client, new Error('it was closed'));
  }

  async #connect(): Promise<Client> {
    const { createClient } = await this.#library;
    if (this.#closed) throw new Error('it was closed');
    const client: Client = createClient({
      url: this.#url,
      RESP: 2,
      disableOfflineQueue: true,
      disableClientInfo: true,
      maintNotifications: 'disabled',
      socket: { connectTimeout: this.#timeoutMs, reconnectStrategy: false },
    });
    this.#client = client;
    client.on('error', (error) => this.#drop(client, error));
    client.on('end', () => this.#drop(client, new Error('the connection was closed')));
    try {
      await client.connect();
    } catch (error) {
      this.#drop(client, error);
      throw error;
    }
    this.#failures = 0;
    this.#answeredAt = monotonicClock.now();
    return client;
  }

  /** Forgets a connection; the next call makes a new one. */
  #drop(client: Client | undefined, reason: unknown): void {
    if (client === undefined || this.#client !== client) return;
    this.#client = undefined;
    this.#connected = undefined;
    this.#lastFailure = reason;
    this.#failures++;
    this.#pausedUntil = monotonicClock.now() + pauseAfterFailure(this.#failures, 0, nativeRandom);
    try {
      client.destroy();
    } catch {
      // It has closed itself.
    }
  }
}

async function loadLibrary(url: string): Promise<Library> {
  return import('@redis/client').catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new OptionsError('url', url, 'given where the package @redis/client is installed');
  });
}
