import type { OnReadOpts } from 'node:net';

/** Where most messages fit. */
const firstBytes = 16 * 1024;
/** Where a bulk transfer gains nothing more from a larger one. */
const mostBytes = 64 * 1024;

/**
 * The memory that a socket reads into, used again and again: a chunk that was written on at once leaves nothing behind
 * for the garbage collector. It grows while reads fill it.
 */
export class ReadBuffer {
  #buffer: Buffer = Buffer.allocUnsafeSlow(firstBytes);
  #lent: Buffer | undefined;

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
        if (full && this.#buffer.length < mostBytes) this.#renew(this.#buffer.length * 2);
        return more;
      },
    };
  }

  /**
   * Makes a chunk outlast the call that it came with: small ones are copied, large ones keep the memory and the socket
   * gets new. A chunk that did not come from here is its own already.
   */
  keep(chunk: Buffer): Buffer {
    if (chunk !== this.#lent) return chunk;
    if (chunk.length * 2 < this.#buffer.length) return Buffer.from(chunk);
    this.#renew(this.#buffer.length);
    return chunk;
  }

  /** Leaves the memory to the chunk that was lent last, since a write still needs it. */
  leave(): void {
    if (this.#lent) this.#renew(this.#buffer.length);
  }

  #renew(size: number): void {
    this.#lent = undefined;
    this.#buffer = Buffer.allocUnsafeSlow(size);
  }
}
