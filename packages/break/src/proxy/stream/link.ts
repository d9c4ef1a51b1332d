import type { OnReadOpts, Socket } from 'node:net';
import type { Random } from '@seaworthy/protect';
import type { Time } from '../time.ts';
import type { Stage, StageHost, StreamName } from '../toxic.ts';
import type { LiveToxic } from '../toxic-set.ts';
import { Chain } from './chain.ts';
import type { EndKind } from './delay-line.ts';
import { ReadBuffer, type SpareBuffers } from './read-buffer.ts';

/** How many bytes wait for a slow receiver, without toxics, before the sender is made to wait. */
const waitingMax = 128 * 1024;

/** How much the toxics of a proxy may hold in all; beyond it each connection holds little more than without toxics. */
const heldMax = 256 * 1024 * 1024;

/** What the toxics of a proxy hold in all, in bytes. */
export interface HeldBytes {
  total: number;
}

/** What a link asks of its connection. */
export interface LinkHost {
  /** Shared by the links of a proxy. */
  readonly heldBytes: HeldBytes;
  readonly time: Time;
  readonly spare: SpareBuffers;
  /** Makes what stands in a stream for a toxic. */
  stage(toxic: LiveToxic, host: StageHost): Stage;
  /** The numbers of one toxic on one stream. */
  random(stream: StreamName, toxic: string): Random;
  /** The sender has said its last; its end may still be on its way. */
  finished(link: Link): void;
  /** The end of the stream came out of the link, after the last byte. */
  ended(link: Link, kind: EndKind): void;
}

/**
 * One direction of a connection: reads from one socket, passes the chain of toxics, writes to the other. Without a
 * toxic, a chunk goes straight from socket to socket. A receiver that is slow makes the sender wait.
 */
export class Link {
  /** What makes the sender's socket read for this link, without a stream in between. */
  readonly onread: OnReadOpts;
  readonly #host: LinkHost;
  readonly #chain: Chain;
  readonly #memory: ReadBuffer;
  /** The memory of chunks that the receiver's socket has not written yet. */
  #unwritten: Buffer[] = [];
  #source: Socket | undefined;
  #sink: Socket | undefined;
  /** Is shown the first chunks, until it has seen enough. */
  #watcher: ((chunk: Buffer) => boolean) | undefined;
  #paused = false;
  #finished = false;
  #ended = false;
  #received = 0;
  #delivered = 0;
  /** What stands in the sum for this link. */
  #counted = 0;

  constructor(stream: StreamName, host: LinkHost) {
    this.#host = host;
    this.#memory = new ReadBuffer(host.spare);
    this.onread = this.#memory.onread((chunk) => {
      this.push(chunk);
      return !this.#paused;
    });
    this.#chain = new Chain({
      stream,
      time: host.time,
      random: (toxic) => host.random(stream, toxic),
      stage: (toxic, at) => host.stage(toxic, at),
      write: (chunk) => this.#write(chunk),
      ended: (kind) => this.#end(kind),
      moved: () => this.#relieve(),
      closed: () => {
        this.#finished = true;
      },
    });
  }

  /** Bytes read from the sender. */
  get received(): number {
    return this.#received;
  }

  /** Bytes handed on to the receiver: what still waits for its socket is not. */
  get delivered(): number {
    return this.#delivered - (this.#sink?.writableLength ?? 0);
  }

  /** Whether the end of the stream came out of the link. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether the sender has said its last, and a toxic will never let that through. */
  get stuck(): boolean {
    return this.#finished && !this.#ended && this.#chain.spoiled;
  }

  /** The names of the toxics that bite this link now. */
  get biting(): readonly string[] {
    return this.#chain.biting;
  }

  /**
   * Begins to carry data, with these toxics.
   *
   * @param watch - is shown each chunk until it returns false
   */
  start(
    source: Socket,
    sink: Socket,
    toxics: readonly LiveToxic[],
    watch?: (chunk: Buffer) => boolean,
  ): void {
    this.#source = source;
    this.#sink = sink;
    this.#watcher = watch;
    for (const toxic of toxics) this.#chain.add(toxic);
    source.on('end', () => {
      this.finish('end');
      this.#host.finished(this);
    });
    sink.on('drain', () => {
      this.#reuse();
      this.#relieve();
    });
  }

  /** Takes bytes of the sender. */
  push(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#watcher && !this.#watcher(chunk)) this.#watcher = undefined;
    if (this.#finished || this.#ended) return;
    if (this.#chain.empty) this.#write(chunk);
    else this.#chain.push(this.#memory.keep(chunk));
    if (this.#crowded()) this.#pause();
  }

  /** The sender ended its stream, or is gone: what is on its way still arrives. */
  finish(kind: EndKind): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#chain.end(kind);
  }

  /** Puts a toxic at the end of the chain. */
  add(toxic: LiveToxic): void {
    if (this.#ended) return;
    this.#chain.add(toxic);
    this.#relieve();
  }

  /** Takes over the toxic's new values. */
  update(toxic: LiveToxic): void {
    if (this.#ended) return;
    this.#chain.update(toxic);
    this.#relieve();
  }

  /** Takes a toxic out; what it holds arrives at once. Returns whether the stream lost bytes by it. */
  remove(toxic: LiveToxic): boolean {
    if (this.#ended) return false;
    const spoiled = this.#chain.remove(toxic);
    this.#relieve();
    return spoiled;
  }

  /** The connection is gone: forgets what is held. */
  destroy(): void {
    this.#ended = true;
    this.#chain.destroy();
    this.#count(0);
  }

  #write(chunk: Buffer): void {
    const sink = this.#sink;
    if (this.#ended || !sink?.writable) return;
    this.#delivered += chunk.length;
    if (this.#unwritten.length > 0 && sink.writableLength === 0) this.#reuse();
    sink.write(chunk);
    // A write that is not done yet goes on reading from the chunk's memory.
    if (sink.writableLength > 0) {
      const memory = this.#memory.memoryOf(chunk);
      if (memory) this.#unwritten.push(memory);
    } else {
      this.#memory.written(chunk);
    }
  }

  #end(kind: EndKind): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#count(0);
    this.#host.ended(this, kind);
  }

  /** Everything was written: the memory may be read into again. */
  #reuse(): void {
    for (const memory of this.#unwritten) this.#host.spare.give(memory);
    this.#unwritten = [];
  }

  /** Whether more waits in the link than it may hold. */
  #crowded(): boolean {
    const waiting = this.#sink?.writableLength ?? 0;
    if (this.#chain.empty) return waiting > waitingMax;
    const { held, capacity } = this.#chain.load();
    this.#count(held);
    // A toxic may need to hold much; what has left it and waits for a slow receiver is no part of that.
    if (waiting > waitingMax || waiting + held > Math.max(waitingMax, capacity)) return true;
    return held > waitingMax && this.#host.heldBytes.total > heldMax;
  }

  #pause(): void {
    this.#paused = true;
    this.#source?.pause();
  }

  /** Keeps the sum of what the links of the proxy hold. */
  #count(held: number): void {
    this.#host.heldBytes.total += held - this.#counted;
    this.#counted = held;
  }

  #relieve(): void {
    // Less than that is not worth a look at every chunk that moves on.
    if (this.#counted > waitingMax) this.#count(this.#chain.load().held);
    if (!this.#paused || this.#crowded()) return;
    this.#paused = false;
    this.#source?.resume();
  }
}
