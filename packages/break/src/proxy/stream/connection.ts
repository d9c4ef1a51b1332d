import { connect, type Socket } from 'node:net';
import type { Address } from '../address.ts';
import { formatAddress } from '../address.ts';
import { HttpSession, type SessionToxic } from '../http/session.ts';
import { lookForServerName } from '../server-name.ts';
import { seededRandom } from '../random.ts';
import type { Time } from '../time.ts';
import type { Stage, StageHost, StreamName } from '../toxic.ts';
import type { LiveToxic, ToxicSet } from '../toxic-set.ts';
import type { EndKind } from './delay-line.ts';
import { type HeldBytes, Link } from './link.ts';
import type { SpareBuffers } from './read-buffer.ts';
import { takeOver } from './take-over.ts';

/** What a connection is made of. */
export interface ConnectionOptions {
  /** Counts from 1 within the proxy; part of the path of its random numbers. */
  readonly id: number;
  readonly client: Socket;
  readonly upstream: Address;
  /** The address from which the server is called; the system chooses when there is none. */
  readonly from: string | undefined;
  readonly toxics: ToxicSet;
  readonly time: Time;
  /** Memory that the connections of the proxy read into. */
  readonly spare: SpareBuffers;
  readonly seed: number;
  readonly proxyName: string;
  /** What the connections of the proxy hold in all. */
  readonly heldBytes: HeldBytes;
  /** Both sockets are closed. */
  closed(connection: Connection): void;
}

/** A client, the server it reached through the proxy, and the two streams between them. */
export class Connection {
  readonly id: number;
  readonly openedAt: number;
  /** The client's address, as host:port. */
  readonly clientAddress: string;
  readonly #options: ConnectionOptions;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #upstream: Link;
  readonly #downstream: Link;
  /** What an HTTP toxic knows of this connection, in both streams. */
  readonly #sessions = new Map<LiveToxic, HttpSession>();
  #started = false;
  /** The toxic that left this connection open on one side alone. */
  #halfOpen: LiveToxic | undefined;
  #serverName: string | undefined;
  #open = 2;

  constructor(options: ConnectionOptions) {
    const { client, upstream, time } = options;
    this.id = options.id;
    this.#options = options;
    this.openedAt = time.clock.epoch + time.clock.now();
    this.clientAddress = formatAddress(client.remoteAddress ?? '', client.remotePort ?? 0);
    const host = {
      time,
      spare: options.spare,
      heldBytes: options.heldBytes,
      stage: (toxic: LiveToxic, at: StageHost) => this.#stage(toxic, at),
      random: (stream: StreamName, toxic: string) =>
        seededRandom(options.seed, options.proxyName, this.id, stream, toxic),
      finished: () => this.#closeIfPointless(),
      ended: (link: Link, kind: EndKind) => this.#ended(link, kind),
    };
    this.#upstream = new Link('upstream', host);
    this.#downstream = new Link('downstream', host);
    this.#client =
      takeOver(client, this.#upstream.onread) ??
      client.on('data', (chunk: Buffer) => this.#upstream.push(chunk)).pause();
    this.#server = connect({
      host: upstream.host,
      port: upstream.port,
      ...(options.from === undefined ? {} : { localAddress: options.from }),
      allowHalfOpen: true,
      noDelay: true,
      onread: this.#downstream.onread,
    });
    this.#server.once('connect', () => this.#start());
    this.#server.on('error', () => this.#broken(this.#server));
    this.#client.on('error', () => this.#broken(this.#client));
    this.#server.once('close', () => this.#closed());
    this.#client.once('close', () => this.#closed());
  }

  /** The name that a TLS client asked for. */
  get serverName(): string | undefined {
    return this.#serverName;
  }

  /** The names of the toxics that hit it now. */
  get biting(): readonly string[] {
    if (this.#halfOpen) return [this.#halfOpen.name];
    const names = [...this.#upstream.biting, ...this.#downstream.biting];
    return [...new Set(names)];
  }

  /** One stream of it. */
  link(stream: StreamName): Link {
    return stream === 'upstream' ? this.#upstream : this.#downstream;
  }

  /** The connection takes part in a new toxic from now on. */
  add(toxic: LiveToxic): void {
    if (!this.#started || this.#halfOpen) return;
    for (const link of this.#linksOf(toxic)) link.add(toxic);
    if (breaks(toxic)) this.#break(toxic);
  }

  update(toxic: LiveToxic): void {
    if (this.#started) for (const link of this.#linksOf(toxic)) link.update(toxic);
  }

  /** Takes a toxic out; closes the connection when its bytes were thrown away by it. */
  remove(toxic: LiveToxic): void {
    if (!this.#started) return;
    // The machine that was away is back, and knows nothing of the connection.
    if (this.#halfOpen === toxic) this.#reset();
    const spoiled = this.#linksOf(toxic).map((link) => link.remove(toxic));
    this.#sessions.delete(toxic);
    if (spoiled.includes(true)) this.close();
  }

  /** Closes both sides at once; what has not arrived is lost. */
  close(): void {
    this.#upstream.destroy();
    this.#downstream.destroy();
    this.#client.destroy();
    this.#server.destroy();
  }

  #start(): void {
    this.#started = true;
    const { toxics } = this.#options;
    this.#upstream.start(this.#client, this.#server, toxics.in('upstream'), this.#watchForServerName());
    this.#downstream.start(this.#server, this.#client, toxics.in('downstream'));
    for (const toxic of this.#options.toxics.all()) if (breaks(toxic) && !this.#halfOpen) this.#break(toxic);
    this.#client.resume();
  }

  /** Looks at the first bytes of the client, until they say which server it means. */
  #watchForServerName(): (chunk: Buffer) => boolean {
    let seen: Buffer | undefined;
    return (chunk) => {
      const all = seen ? Buffer.concat([seen, chunk]) : chunk;
      const found = lookForServerName(all);
      // What is lent is copied before it is kept.
      if (found === 'more') seen = all === chunk ? Buffer.from(chunk) : all;
      else this.#serverName = found.name;
      return found === 'more';
    };
  }

  /** Closes one side and leaves the other open; what that one sends vanishes. */
  #break(toxic: LiveToxic): void {
    const { seed, proxyName } = this.#options;
    if (seededRandom(seed, proxyName, this.id, toxic.name)() >= toxic.toxicity) return;
    this.#halfOpen = toxic;
    const [gone, stays] =
      toxic.stream === 'downstream' ? [this.#server, this.#client] : [this.#client, this.#server];
    this.#upstream.destroy();
    this.#downstream.destroy();
    gone.destroy();
    stays.resume();
    stays.once('end', () => stays.destroy());
  }

  /** The streams in which a toxic stands. */
  #linksOf(toxic: LiveToxic): readonly Link[] {
    if (toxic.kind.acts === 'on-connection') return [];
    return toxic.kind.acts === 'on-http' ? [this.#upstream, this.#downstream] : [this.link(toxic.stream)];
  }

  #stage(toxic: LiveToxic, host: StageHost): Stage {
    const { kind } = toxic;
    if (kind.acts === 'on-stream') return kind.create(host, toxic.attributes);
    let session = this.#sessions.get(toxic);
    if (!session) {
      session = new HttpSession(toxic as SessionToxic);
      this.#sessions.set(toxic, session);
    }
    return session.stage(host);
  }

  /** A stream's end came out of its link. */
  #ended(link: Link, kind: EndKind): void {
    const sink = link === this.#upstream ? this.#server : this.#client;
    if (kind === 'end') {
      sink.end();
      this.#closeIfPointless();
    } else if (kind === 'reset') {
      this.#reset();
    } else {
      sink.destroySoon();
      const other = link === this.#upstream ? this.#downstream : this.#upstream;
      // What is on its way back still arrives, then that side is closed too.
      if (other.ended) this.#sourceOf(link).destroySoon();
      else other.finish('close');
    }
  }

  /** Both have said their last, and what the client is owed was thrown away: keeping it would only use up sockets. */
  #closeIfPointless(): void {
    if (this.#upstream.ended && this.#downstream.stuck) this.close();
  }

  #sourceOf(link: Link): Socket {
    return link === this.#upstream ? this.#client : this.#server;
  }

  #reset(): void {
    this.#upstream.destroy();
    this.#downstream.destroy();
    reset(this.#client);
    reset(this.#server);
  }

  /** A socket failed: the other side learns it as the network would tell it, behind what is on its way. */
  #broken(socket: Socket): void {
    if (!this.#started) {
      // A server that cannot be reached: the client was accepted already, so it sees a close.
      this.close();
      return;
    }
    const away = socket === this.#client ? this.#upstream : this.#downstream;
    const back = socket === this.#client ? this.#downstream : this.#upstream;
    back.destroy();
    if (away.ended) this.#reset();
    else away.finish('reset');
  }

  #closed(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#upstream.destroy();
    this.#downstream.destroy();
    this.#options.closed(this);
  }
}

/** Closes a socket with an RST. One that is shutting down takes none, and would then never say that it is closed. */
function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}

/** Whether a toxic closes one side of a connection. */
function breaks({ kind }: LiveToxic): boolean {
  return kind.acts === 'on-connection' && kind.effect === 'half-open';
}
