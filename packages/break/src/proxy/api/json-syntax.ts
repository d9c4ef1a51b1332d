/**
 * A JSON reader that says what is wrong in the words of Toxiproxy, whose clients and users know them. It reads one
 * value and leaves alone what follows it, remembers how numbers were written and keeps keys that occur twice.
 */

/** A JSON value as it was written. */
export type JsonNode =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: JsonNode[] }
  | { readonly kind: 'object'; readonly members: [string, JsonNode][] };

/** The text is no JSON; the message is the one that Toxiproxy gives. */
export class JsonSyntaxError extends Error {}

/** How deep values may be nested. */
const depthMax = 10_000;

/**
 * Reads the first value of `bytes`.
 *
 * @throws JsonSyntaxError
 */
export function parseFirstJson(bytes: Uint8Array): JsonNode {
  return new Reader(bytes).read();
}

type Container = Extract<JsonNode, { kind: 'array' | 'object' }>;

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  readonly #open: { readonly node: Container; key: string }[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(): JsonNode {
    if (this.#peekToken() === undefined) throw new JsonSyntaxError('EOF');
    for (;;) {
      let node: JsonNode | undefined = this.#beginValue();
      // A finished value may finish the containers around it.
      while (node) {
        const around = this.#open.at(-1);
        if (!around) return node;
        node = around.node.kind === 'array' ? this.#afterItem(around, node) : this.#afterMember(around, node);
      }
    }
  }

  /** Reads a scalar or an empty container; `undefined` when a container with content was opened. */
  #beginValue(): JsonNode | undefined {
    const byte = this.#token();
    const char = String.fromCharCode(byte);
    if (char === '"') return { kind: 'string', value: this.#string() };
    if (char === '{') return this.#openContainer({ kind: 'object', members: [] }, '}');
    if (char === '[') return this.#openContainer({ kind: 'array', items: [] }, ']');
    if (char === 't') return this.#literal('true', { kind: 'bool', value: true });
    if (char === 'f') return this.#literal('false', { kind: 'bool', value: false });
    if (char === 'n') return this.#literal('null', { kind: 'null' });
    if (char === '-' || isDigit(byte)) return { kind: 'number', text: this.#number() };
    return this.#refuse(byte, 'looking for beginning of value');
  }

  #openContainer(node: Container, close: string): JsonNode | undefined {
    this.#at += 1;
    if (this.#open.length >= depthMax) throw new JsonSyntaxError('exceeded max depth');
    if (this.#peekToken() === close.charCodeAt(0)) {
      this.#at += 1;
      return node;
    }
    const entry = { node, key: '' };
    this.#open.push(entry);
    if (node.kind === 'object') entry.key = this.#key();
    return undefined;
  }

  #afterItem(around: { node: Container; key: string }, item: JsonNode): JsonNode | undefined {
    if (around.node.kind === 'array') around.node.items.push(item);
    return this.#next(around, ']', 'after array element');
  }

  #afterMember(around: { node: Container; key: string }, value: JsonNode): JsonNode | undefined {
    if (around.node.kind === 'object') around.node.members.push([around.key, value]);
    const closed = this.#next(around, '}', 'after object key:value pair');
    if (!closed) around.key = this.#key();
    return closed;
  }

  /** Reads the comma or the closing bracket after a value; returns the container that it closes. */
  #next(around: { node: Container }, close: string, where: string): JsonNode | undefined {
    const byte = this.#token();
    this.#at += 1;
    if (byte === 0x2c) return undefined;
    if (byte !== close.charCodeAt(0)) this.#refuse(byte, where);
    this.#open.pop();
    return around.node;
  }

  #key(): string {
    const byte = this.#token();
    if (byte !== 0x22) this.#refuse(byte, 'looking for beginning of object key string');
    const key = this.#string();
    const colon = this.#token();
    if (colon !== 0x3a) this.#refuse(colon, 'after object key');
    this.#at += 1;
    return key;
  }

  #string(): string {
    const from = this.#at;
    this.#at += 1;
    for (;;) {
      const byte = this.#byte();
      if (byte < 0x20) this.#refuse(byte, 'in string literal');
      this.#at += 1;
      if (byte === 0x22) break;
      if (byte === 0x5c) this.#escape();
    }
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.#bytes.subarray(from, this.#at));
    // Half of a surrogate pair is no letter.
    return (JSON.parse(text) as string).replace(/\p{Surrogate}/gu, '\ufffd');
  }

  #escape(): void {
    const byte = this.#byte();
    if (!'bfnrt\\/"u'.includes(String.fromCharCode(byte))) this.#refuse(byte, 'in string escape code');
    this.#at += 1;
    if (byte !== 0x75) return;
    for (let digit = 0; digit < 4; digit += 1) {
      const hex = this.#byte();
      if (!/[0-9a-fA-F]/.test(String.fromCharCode(hex))) {
        this.#refuse(hex, 'in \\u hexadecimal character escape');
      }
      this.#at += 1;
    }
  }

  #number(): string {
    const from = this.#at;
    if (this.#bytes[this.#at] === 0x2d) this.#at += 1;
    if (this.#bytes[this.#at] === 0x30) this.#at += 1;
    else this.#digits('in numeric literal');
    if (this.#bytes[this.#at] === 0x2e) {
      this.#at += 1;
      this.#digits('after decimal point in numeric literal');
    }
    const exponent = this.#bytes[this.#at];
    if (exponent === 0x65 || exponent === 0x45) {
      this.#at += 1;
      const sign = this.#bytes[this.#at];
      if (sign === 0x2b || sign === 0x2d) this.#at += 1;
      this.#digits('in exponent of numeric literal');
    }
    return String.fromCharCode(...this.#bytes.subarray(from, this.#at).slice(0, 4096));
  }

  /** Reads one digit or more. */
  #digits(where: string): void {
    const first = this.#byte();
    if (!isDigit(first)) this.#refuse(first, where);
    while (isDigit(this.#bytes[this.#at])) this.#at += 1;
  }

  #literal(word: string, node: JsonNode): JsonNode {
    for (let index = 0; index < word.length; index += 1) {
      const byte = this.#byte();
      if (byte !== word.charCodeAt(index)) {
        this.#refuse(byte, `in literal ${word} (expecting '${word[index]}')`);
      }
      this.#at += 1;
    }
    return node;
  }

  /** The next byte that is no white space, without taking it. */
  #peekToken(): number | undefined {
    while (isSpace(this.#bytes[this.#at])) this.#at += 1;
    return this.#bytes[this.#at];
  }

  #token(): number {
    this.#peekToken();
    return this.#byte();
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new JsonSyntaxError('unexpected EOF');
    return byte;
  }

  #refuse(byte: number, where: string): never {
    throw new JsonSyntaxError(`invalid character ${quoteByte(byte)} ${where}`);
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

const namedEscapes: Readonly<Record<string, string>> = {
  "'": "\\'",
  '"': '"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** A byte in single quotes, as an error message shows it. */
function quoteByte(byte: number): string {
  const char = String.fromCharCode(byte);
  const named = namedEscapes[char];
  if (named !== undefined) return `'${named}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
  if ((byte >= 0x80 && byte <= 0xa0) || byte === 0xad) return `'\\u${byte.toString(16).padStart(4, '0')}'`;
  return `'${char}'`;
}
