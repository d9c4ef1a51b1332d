import type { OnReadOpts } from 'node:net';

/** Where most messages fit. */
const firstBytes = 16 * 1024;
/** Where a bulk transfer gains nothing more from a larger one. */
const mostBytes = 64 * 1024;
/** How many buffers wait for their next use; more than these go to the garbage collector. */
const spareMax = 128;

/** Large buffers that were written and may be read into again; shared by the connections of a proxy. */
export class SpareBuffers {
  readonly #spare: Buffer[] = [];

  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(mostBytes);
  }

  give(buffer: Buffer): void {
    if (buffer.length === mostBytes && this.#spare.length < spareMax) this.#spare.push(buffer);
  }
}

/**
 * The memory that a socket reads into, used again and again: a chunk that was written on at once leaves nothing behind
 * for the garbage collector. It grows while reads fill it.
 */
export class ReadBuffer {
  readonly #spare: SpareBuffers;
  /** The memory of the chunks that were given away whole. */
  readonly #givenAway = new WeakMap<Buffer, Buffer>();
  #buffer: Buffer = Buffer.allocUnsafeSlow(firstBytes);
  #lent: Buffer | undefined;

  constructor(spare: SpareBuffers) {
    this.#spare = spare;
  }

  /** The options that make a socket read into it; `received` returns whether to read on. */
  onread(received: (chunk: Buffer) => boolean): OnReadOpts {
    return {
      buffer: () => this.#buffer,
      callback: (length) => {
        const full = length === this.#buffer.length;
        const chunk = this.#buffer.subarray(0, length);
        this.#lent = chunk;
        const more = received(chunk);
        this.#lent = undefined;
        if (full && this.#buffer.length < mostBytes) this.#buffer = this.#spare.take();
        return more;
      },
    };
  }

  /**
   * Makes a chunk outlast the call that it came with: small ones are copied, large ones take the memory along and the
   * socket gets other. A chunk that did not come from here is its own already.
   */
  keep(chunk: Buffer): Buffer {
    if (chunk !== this.#lent) return chunk;
    if (chunk.length * 2 < this.#buffer.length) return Buffer.from(chunk);
    this.#giveAway(chunk);
    return chunk;
  }

  /**
   * The memory that must not be read into until the chunk is written, if it is ours: the whole of it, so that nothing
   * else can need it. It is given back by `SpareBuffers.give`, once.
   */
  memoryOf(chunk: Buffer): Buffer | undefined {
    if (chunk === this.#lent) this.#giveAway(chunk);
    const memory = this.#givenAway.get(chunk);
    this.#givenAway.delete(chunk);
    return memory;
  }

  /** A chunk was written at once: memory that was given away with it is free. */
  written(chunk: Buffer): void {
    if (chunk === this.#lent) return;
    const memory = this.memoryOf(chunk);
    if (memory) this.#spare.give(memory);
  }

  #giveAway(chunk: Buffer): void {
    this.#givenAway.set(chunk, this.#buffer);
    this.#lent = undefined;
    this.#buffer =
      this.#buffer.length === mostBytes ? this.#spare.take() : Buffer.allocUnsafeSlow(this.#buffer.length);
  }
}
