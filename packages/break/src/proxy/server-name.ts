/** What a look at the first bytes of a connection says: a name, `undefined` for none, or that more bytes are needed. */
export type ServerNameLook = { readonly name: string | undefined } | 'more';

/** A greeting longer than this is not waited for. */
const greetingBytesMax = 16 * 1024;

/**
 * Reads the server name (SNI) that a TLS client asks for, from the first bytes that it sends. Nothing is decrypted and
 * nothing is changed.
 */
export function lookForServerName(bytes: Buffer): ServerNameLook {
  if (bytes[0] !== 0x16) return { name: undefined };
  const hello = joinRecords(bytes);
  if (hello === undefined) return { name: undefined };
  // A handshake message: one byte of type, three of length.
  if (hello.length < 4) return tooLong(bytes) ? { name: undefined } : 'more';
  if (hello[0] !== 0x01) return { name: undefined };
  const length = hello.readUIntBE(1, 3);
  if (hello.length < 4 + length) return tooLong(bytes) ? { name: undefined } : 'more';
  return { name: readHello(new Cursor(hello.subarray(4, 4 + length))) };
}

function tooLong(bytes: Buffer): boolean {
  return bytes.length >= greetingBytesMax;
}

/** The handshake bytes of the TLS records, which may cut a message; `undefined` when these are no such records. */
function joinRecords(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 5 <= bytes.length) {
    if (bytes[at] !== 0x16 || bytes[at + 1] !== 0x03)
      return parts.length > 0 ? Buffer.concat(parts) : undefined;
    const length = bytes.readUInt16BE(at + 3);
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return Buffer.concat(parts);
}

function readHello(hello: Cursor): string | undefined {
  hello.skip(2 + 32);
  hello.skip(hello.number(1));
  hello.skip(hello.number(2));
  hello.skip(hello.number(1));
  const extensions = hello.take(hello.number(2));
  while (extensions.left >= 4) {
    const type = extensions.number(2);
    const extension = extensions.take(extensions.number(2));
    if (type !== 0) continue;
    extension.skip(2);
    const isHost = extension.number(1) === 0;
    const name = extension.text(extension.number(2));
    return isHost && /^[\x21-\x7e]{1,255}$/.test(name) ? name : undefined;
  }
  return undefined;
}

/** Reads on from where it stands; past the end there are zeros and nothing, since strangers wrote the bytes. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  number(size: 1 | 2): number {
    const value = this.left >= size ? this.#bytes.readUIntBE(this.#at, size) : 0;
    this.skip(size);
    return value;
  }

  skip(size: number): void {
    this.#at = Math.min(this.#bytes.length, this.#at + size);
  }

  take(size: number): Cursor {
    const part = this.#bytes.subarray(this.#at, this.#at + size);
    this.skip(size);
    return new Cursor(part);
  }

  text(size: number): string {
    return this.#bytes.toString('latin1', this.#at, Math.min(this.#at + size, this.#bytes.length));
  }
}
