/**
 * The watcher's side of one connection: whoever connects is a stranger until the first line proves otherwise, and gets
 * little room and time until then.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { background } from '@seaworthy/protect';
import type { Timers } from '@seaworthy/protect';
import { createLineSplitter } from './line-splitter.ts';
import { readServiceMessage } from './read-message.ts';
import { type ServiceMessage, type WatcherMessage, wireLimits, wireVersion } from './wire.ts';

/** What a service says once it is known. */
export type ServiceReport = Exclude<ServiceMessage, { kind: 'hello' }>;

export interface ServiceConnectionOptions {
  readonly token: string;
  readonly timers: Timers;
  /** Called once, when the greeting was right. */
  onGreeted(connection: ServiceConnection): void;
  onMessage(connection: ServiceConnection, message: ServiceReport): void;
  /** Called when the connection is refused, with the reason as people read it. */
  onRefused(reason: string): void;
  onClosed(connection: ServiceConnection): void;
}

const greetWithinMs = 2_000;
/** A service that reads none of its messages is let go rather than written to without end. */
const unsentBytesMax = 1024 * 1024;

export class ServiceConnection {
  readonly #socket: Socket;
  readonly #options: ServiceConnectionOptions;
  #greeting: Extract<ServiceMessage, { kind: 'hello' }> | undefined;

  constructor(socket: Socket, options: ServiceConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    const late = options.timers.set(() => this.#refuse('said nothing in time'), greetWithinMs, background);
    const splitter = createLineSplitter({
      lineBytesMax: wireLimits.lineBytesMax,
      firstLineBytesMax: wireLimits.greetingBytesMax,
      onLine: (line) => this.#read(line),
      onTooLong: () => this.#refuse('sent a line that is too long'),
    });
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      splitter.push(chunk);
      if (this.#greeting) late.cancel();
    });
    // `close` follows, and says all that matters.
    socket.on('error', () => {});
    socket.on('close', () => {
      late.cancel();
      splitter.stop();
      options.onClosed(this);
    });
  }

  /** The service's name; empty before the greeting. */
  get service(): string {
    return this.#greeting?.service ?? '';
  }

  get pid(): number {
    return this.#greeting?.pid ?? 0;
  }

  /** Sends a message; false when the service can no longer be reached. */
  send(message: WatcherMessage): boolean {
    if (!this.#socket.writable) return false;
    this.#socket.write(`${JSON.stringify(message)}\n`);
    if (this.#socket.writableLength <= unsentBytesMax) return true;
    this.#refuse('does not read what it is sent');
    return false;
  }

  /** Ends the connection after what was sent has gone out. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(line: string): void {
    if (this.#socket.destroyed) return;
    const message = readServiceMessage(line);
    if (!message) return this.#refuse('sent a line that is no message');
    if (this.#greeting) {
      if (message.kind === 'hello') return this.#refuse('greeted twice');
      this.#options.onMessage(this, message);
      return;
    }
    if (message.kind !== 'hello' || !sameSecret(message.token, this.#options.token)) {
      return this.#refuse('did not know the token');
    }
    if (message.version !== wireVersion) {
      // Said before the connection ends, so that the service knows not to come again.
      this.send({ kind: 'welcome', version: wireVersion });
      this.#options.onRefused(
        `${message.service} speaks version ${message.version} of the event stream, this watcher version ${wireVersion}; use one version of the packages`,
      );
      this.#socket.end();
      return;
    }
    this.#greeting = message;
    this.send({ kind: 'welcome', version: wireVersion });
    this.#options.onGreeted(this);
  }

  #refuse(reason: string): void {
    if (this.#socket.destroyed) return;
    this.#options.onRefused(`${this.service || 'a connection'} ${reason}`);
    this.#socket.destroy();
  }
}

/** Compares two secrets in a time that tells nothing of them, their length included. */
function sameSecret(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
