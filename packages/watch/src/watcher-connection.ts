/**
 * One service's connection to its watcher: greets, waits for the welcome, and connects anew with back-off when it is
 * lost, for as long as the service lives.
 */
import { connect, type Socket } from 'node:net';
import { background } from '@seaworthy/protect';
import type { Random, Timer, Timers } from '@seaworthy/protect';
import { createLineSplitter } from './line-splitter.ts';
import { readWatcherMessage } from './read-message.ts';
import type { WatchAddress } from './watch-address.ts';
import { type ServiceMessage, type WatcherMessage, wireLimits, wireVersion } from './wire.ts';

const backoffMsFirst = 100;
const backoffMsMax = 5_000;
/** What may lie unread in the socket before more is held back. */
const unsentBytesMax = 256 * 1024;
const welcomeWithinMs = 10_000;
const closeWithinMs = 500;

/** What the watcher asks of a service: to begin or end a fault. */
export type FaultRequest = Exclude<WatcherMessage, { kind: 'welcome' }>;

export interface WatcherConnectionOptions {
  readonly address: WatchAddress;
  readonly timers: Timers;
  readonly random: Random;
  /** Called whenever there is room to write again. */
  onReady(): void;
  /** Called with every message but the welcome. */
  onMessage(message: FaultRequest): void;
  /** Called when a connection that was welcomed ends. */
  onDisconnect(): void;
}

export class WatcherConnection {
  readonly #options: WatcherConnectionOptions;
  #socket: Socket | undefined;
  #welcomed = false;
  #closed = false;
  #failures = 0;
  #timer: Timer | undefined;

  /** Connects at once. */
  constructor(options: WatcherConnectionOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Whether the watcher has answered the greeting. */
  get welcomed(): boolean {
    return this.#welcomed;
  }

  /** Whether more may be written now. */
  get ready(): boolean {
    return this.#welcomed && (this.#socket?.writableLength ?? unsentBytesMax) < unsentBytesMax;
  }

  /** Writes whole lines; false when there is no connection. */
  write(lines: string): boolean {
    if (!this.#socket?.writable) return false;
    this.#socket.write(lines);
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    const socket = this.#socket;
    if (!socket || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const late = this.#options.timers.set(() => socket.destroy(), closeWithinMs);
      socket.once('close', () => {
        late.cancel();
        resolve();
      });
      if (this.#welcomed) socket.end();
      else socket.destroy();
    });
  }

  #connect(): void {
    const { host, port, token, service } = this.#options.address;
    const socket = connect({ host, port });
    this.#socket = socket;
    socket.unref();
    socket.setNoDelay(true);
    const hello: ServiceMessage = { kind: 'hello', version: wireVersion, token, service, pid: process.pid };
    socket.write(`${JSON.stringify(hello)}\n`);
    this.#timer = this.#options.timers.set(() => socket.destroy(), welcomeWithinMs, background);

    const splitter = createLineSplitter({
      lineBytesMax: wireLimits.lineBytesMax,
      onLine: (line) => this.#read(socket, line),
      onTooLong: () => socket.destroy(),
    });
    socket.on('data', (chunk: Buffer) => splitter.push(chunk));
    socket.on('drain', () => this.#options.onReady());
    // `close` follows, and says all that matters.
    socket.on('error', () => {});
    socket.on('close', () => {
      splitter.stop();
      this.#disconnected();
    });
  }

  #read(socket: Socket, line: string): void {
    if (socket.destroyed) return;
    const message = readWatcherMessage(line);
    if (!message || (message.kind === 'welcome') === this.#welcomed) {
      socket.destroy();
      return;
    }
    if (message.kind !== 'welcome') {
      this.#options.onMessage(message);
      return;
    }
    if (message.version !== wireVersion) {
      // Another version does not change by asking again.
      this.#closed = true;
      socket.destroy();
      return;
    }
    this.#welcomed = true;
    this.#failures = 0;
    this.#timer?.cancel();
    this.#options.onReady();
  }

  #disconnected(): void {
    this.#timer?.cancel();
    this.#socket = undefined;
    const wasWelcomed = this.#welcomed;
    this.#welcomed = false;
    if (!this.#closed) {
      const backoffMs = Math.min(backoffMsMax, backoffMsFirst * 2 ** Math.min(this.#failures, 10));
      this.#failures += 1;
      // Half of it at random, so that the services of one machine do not all knock at once.
      const delayMs = (backoffMs * (1 + this.#options.random())) / 2;
      this.#timer = this.#options.timers.set(() => this.#connect(), delayMs, background);
    }
    if (wasWelcomed) this.#options.onDisconnect();
  }
}
