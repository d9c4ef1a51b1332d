import type { OnReadOpts, Socket } from 'node:net';
import type { Random } from '@seaworthy/protect';
import type { Time } from '../time.ts';
import type { Stage, StageHost, StreamName } from '../toxic.ts';
import type { LiveToxic } from '../toxic-set.ts';
import type { EndKind } from './delay-line.ts';
import { ReadBuffer, type SpareBuffers } from './read-buffer.ts';

/** How many bytes wait for a slow receiver, without toxics, before the sender is made to wait. */
const waitingMax = 128 * 1024;

/** What a link asks of its connection. */
export interface LinkHost {
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

/** A toxic's place in a link. */
interface Place {
  readonly toxic: LiveToxic;
  readonly random: Random;
  /** Made when the toxic first bites here. */
  stage: Stage | undefined;
  /** Whether the dice say that the toxic bites this link. */
  active: boolean;
  /** The stage has ended the stream; nothing comes out of it any more. */
  done: boolean;
  next: Place | undefined;
}

/**
 * One direction of a connection: reads from one socket, passes the chain of toxics, writes to the other. Without a
 * toxic that bites, a chunk goes straight from socket to socket. The chain may change at any moment; no byte is lost
 * or overtaken by that.
 */
export class Link {
  readonly stream: StreamName;
  /** What makes the sender's socket read for this link, without a stream in between. */
  readonly onread: OnReadOpts;
  readonly #memory: ReadBuffer;
  /** The memory of chunks that the receiver's socket has not written yet. */
  #unwritten: Buffer[] = [];
  readonly #host: LinkHost;
  #source: Socket | undefined;
  #sink: Socket | undefined;
  #first: Place | undefined;
  /** Is shown the first chunks, until it has seen enough. */
  #watcher: ((chunk: Buffer) => boolean) | undefined;
  #paused = false;
  #finished = false;
  #ended = false;
  #received = 0;
  #delivered = 0;

  constructor(stream: StreamName, host: LinkHost) {
    this.stream = stream;
    this.#host = host;
    this.#memory = new ReadBuffer(host.spare);
    this.onread = this.#memory.onread((chunk) => {
      this.#receive(chunk);
      return !this.#paused;
    });
  }

  /** Bytes read from the sender. */
  get received(): number {
    return this.#received;
  }

  /** Whether the end of the stream came out of the link. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether the sender has said its last, and a toxic will never let that through. */
  get stuck(): boolean {
    return this.#finished && !this.#ended && this.#places().some((place) => place.stage?.spoiled);
  }

  /** Bytes handed on to the receiver. */
  get delivered(): number {
    return this.#delivered;
  }

  /** The names of the toxics that bite this link now. */
  get biting(): readonly string[] {
    return this.#places()
      .filter((place) => place.active)
      .map((place) => place.toxic.name);
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
    for (const toxic of toxics) this.#append(toxic);
    source.on('end', () => {
      this.finish('end');
      this.#host.finished(this);
    });
    sink.on('drain', () => {
      this.#reuse();
      this.#relieve();
    });
  }

  /** Takes bytes of the sender that did not come by {@link Link.onread}. */
  push(chunk: Buffer): void {
    this.#receive(chunk);
  }

  /** The sender ended its stream, or is gone: what is on its way still arrives. */
  finish(kind: EndKind): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#end(this.#first, kind);
  }

  /** Puts a toxic at the end of the chain. The dice of the one before it are thrown again, as Toxiproxy does. */
  add(toxic: LiveToxic): void {
    if (this.#ended) return;
    const last = this.#places().at(-1);
    this.#append(toxic);
    if (last) this.#roll(last);
    this.#relieve();
  }

  /** Takes over the toxic's new values. */
  update(toxic: LiveToxic): void {
    const place = this.#find(toxic);
    if (!place || this.#ended) return;
    this.#roll(place);
    if (place.active) place.stage?.update(toxic.attributes);
    this.#relieve();
  }

  /** Takes a toxic out; what it holds arrives at once. Returns whether the stream lost bytes by it. */
  remove(toxic: LiveToxic): boolean {
    const place = this.#find(toxic);
    if (!place) return false;
    const before = this.#places().find((candidate) => candidate.next === place);
    const spoiled = place.stage?.spoiled === true && !this.#ended;
    if (!spoiled) place.stage?.release();
    place.active = false;
    place.stage?.destroy();
    if (before) before.next = place.next;
    else this.#first = place.next;
    if (before && !this.#ended) this.#roll(before);
    this.#relieve();
    return spoiled;
  }

  /** The connection is gone: forgets what is held. */
  destroy(): void {
    this.#ended = true;
    for (const place of this.#places()) place.stage?.destroy();
    this.#first = undefined;
  }

  #receive(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#watcher && !this.#watcher(chunk)) this.#watcher = undefined;
    if (this.#finished || this.#ended) return;
    if (this.#first === undefined) {
      this.#write(chunk);
      if (this.#sink && this.#sink.writableLength > waitingMax) this.#pause();
      return;
    }
    this.#deliver(this.#first, this.#memory.keep(chunk));
    if (this.#crowded()) this.#pause();
  }

  #write(chunk: Buffer): void {
    const sink = this.#sink;
    if (!sink?.writable) return;
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

  /** Everything was written: the memory may be read into again. */
  #reuse(): void {
    for (const memory of this.#unwritten) this.#host.spare.give(memory);
    this.#unwritten = [];
  }

  /** Hands bytes to the first toxic from `place` on that bites, or to the receiver. */
  #deliver(place: Place | undefined, chunk: Buffer): void {
    let at = place;
    while (at && !at.active) at = at.next;
    if (at?.stage) {
      at.stage.push(chunk);
    } else if (!this.#ended) {
      this.#write(chunk);
    }
  }

  #end(place: Place | undefined, kind: EndKind): void {
    let at = place;
    while (at && !at.active) at = at.next;
    if (at?.stage) {
      at.stage.end(kind);
    } else if (!this.#ended) {
      this.#ended = true;
      this.#host.ended(this, kind);
    }
  }

  #append(toxic: LiveToxic): void {
    const { clock, timers } = this.#host.time;
    const random = this.#host.random(this.stream, toxic.name);
    const place: Place = { toxic, random, stage: undefined, active: false, done: false, next: undefined };
    const last = this.#places().at(-1);
    if (last) last.next = place;
    else this.#first = place;
    const host: StageHost = {
      stream: this.stream,
      clock,
      timers,
      random,
      emit: (chunk) => {
        if (place.done) return;
        this.#deliver(place.next, chunk);
        if (this.#paused) this.#relieve();
      },
      end: (kind) => {
        if (place.done) return;
        place.done = true;
        // What the sender still says after a toxic closed the stream is for nobody.
        this.#finished = true;
        this.#end(place.next, kind);
      },
    };
    this.#makers.set(place, () => this.#host.stage(toxic, host));
    this.#roll(place);
  }

  readonly #makers = new WeakMap<Place, () => Stage>();

  /** Throws the toxic's dice for this link. */
  #roll(place: Place): void {
    // An HTTP toxic throws its dice for each request.
    const active = place.toxic.kind.acts === 'on-http' || place.random() < place.toxic.toxicity;
    // A stream that lost bytes must not go on as if nothing were missing.
    if (active === place.active || place.stage?.spoiled) return;
    place.active = active;
    if (!active) {
      place.stage?.release();
    } else if (place.stage) {
      place.stage.update(place.toxic.attributes);
    } else {
      place.stage = this.#makers.get(place)?.();
    }
  }

  /** Whether more waits in the link than it may hold. */
  #crowded(): boolean {
    let waiting = this.#sink?.writableLength ?? 0;
    let allowed = waitingMax;
    for (let place = this.#first; place; place = place.next) {
      if (!place.stage) continue;
      waiting += place.stage.held;
      if (place.active) allowed = Math.max(allowed, place.stage.capacity);
    }
    return waiting > allowed;
  }

  #pause(): void {
    this.#paused = true;
    this.#source?.pause();
  }

  #relieve(): void {
    if (!this.#paused || this.#crowded()) return;
    this.#paused = false;
    this.#source?.resume();
  }

  #find(toxic: LiveToxic): Place | undefined {
    return this.#places().find((place) => place.toxic === toxic);
  }

  #places(): Place[] {
    const places: Place[] = [];
    for (let place = this.#first; place; place = place.next) places.push(place);
    return places;
  }
}
