/** The first lines of a message, read as far as faults need them. */
export interface MessageHead {
  /** The request's method; empty for a reply. */
  readonly method: string;
  /** The request's path, without the query; empty for a reply. */
  readonly path: string;
  /** The reply's status; 0 for a request. */
  readonly status: number;
  /** The values of a header, by its lower-case name. */
  header(name: string): readonly string[];
}

/** What a framer finds in a stream of bytes. Every byte is handed over once, in order. */
export interface FramerTarget {
  head(head: MessageHead, bytes: Buffer): void;
  /** Bytes of the body; `payload` is false for what only frames chunks. */
  body(bytes: Buffer, payload: boolean): void;
  done(): void;
  /** Bytes that belong to no message: another protocol, or the rest of a message that began before. */
  raw(bytes: Buffer): void;
  /** Asked at the head of a reply: whether it answers a HEAD or CONNECT request. */
  bodiless?(): boolean;
}

/** A head longer than this is no head. */
const headBytesMax = 64 * 1024;

type State =
  | { readonly in: 'start' }
  | { readonly in: 'head' }
  | { readonly in: 'body'; left: number }
  /** `chunk` is what is left of the chunk with its line break; the size line or trailer is collected in `line`. */
  | { readonly in: 'chunked'; chunk: number; line: string; trailer: boolean }
  | { readonly in: 'until-close' }
  | { readonly in: 'raw' };

/** Finds the messages of HTTP/1 in one direction of a connection, wherever the chunks are cut. */
export class Framer {
  readonly #role: 'request' | 'reply';
  readonly #target: FramerTarget;
  #state: State = { in: 'start' };
  #kept: Buffer = Buffer.alloc(0);

  constructor(role: 'request' | 'reply', target: FramerTarget) {
    this.#role = role;
    this.#target = target;
  }

  /** Bytes of a head that is not whole yet. */
  get held(): number {
    return this.#kept.length;
  }

  /** Whether a message has begun and not ended. */
  get midway(): boolean {
    return this.#state.in !== 'start' && this.#state.in !== 'raw';
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) rest = this.#step(rest);
  }

  /** Nothing more comes, or nobody wants to know: what is kept is handed over as it is. */
  flush(): void {
    const kept = this.#kept;
    this.#kept = Buffer.alloc(0);
    if (kept.length > 0) this.#target.raw(kept);
    if (this.#state.in === 'until-close') this.#finish();
    else this.#state = { in: 'raw' };
  }

  /** From here on every byte is raw. */
  giveUp(): void {
    this.#state = { in: 'raw' };
  }

  /** Takes some bytes and returns the rest. */
  #step(bytes: Buffer): Buffer {
    const state = this.#state;
    switch (state.in) {
      case 'start':
        return this.#start(bytes);
      case 'head':
        return this.#head(bytes);
      case 'body': {
        const part = bytes.subarray(0, state.left);
        state.left -= part.length;
        this.#target.body(part, true);
        if (state.left === 0) this.#finish();
        return bytes.subarray(part.length);
      }
      case 'chunked':
        return this.#chunked(state, bytes);
      case 'until-close':
        this.#target.body(bytes, true);
        return none;
      default:
        this.#target.raw(bytes);
        return none;
    }
  }

  /** A message begins with its first line; anything else is passed until a chunk begins with one. */
  #start(bytes: Buffer): Buffer {
    const begin = bytes.toString('latin1', 0, 24);
    const starts =
      this.#role === 'request' ? looksLikeRequest(begin) : 'HTTP/1.'.startsWith(begin.slice(0, 7));
    if (!starts) {
      this.#target.raw(bytes);
      return none;
    }
    this.#state = { in: 'head' };
    return bytes;
  }

  #head(bytes: Buffer): Buffer {
    const all = this.#kept.length > 0 ? Buffer.concat([this.#kept, bytes]) : bytes;
    const end = all.indexOf('\r\n\r\n');
    if (end < 0 && all.length <= headBytesMax && this.#mayBeHead(all)) {
      this.#kept = all;
      return none;
    }
    this.#kept = Buffer.alloc(0);
    const head = end < 0 ? undefined : readHead(all.toString('latin1', 0, end), this.#role);
    if (!head) {
      this.#state = { in: 'raw' };
      return all;
    }
    // The state is set before the target hears of it, since it may give up there.
    this.#state = this.#bodyOf(head);
    const own = all.subarray(0, end + 4);
    this.#target.head(head, own);
    const state = this.#state;
    if (state.in === 'body' && state.left === 0) this.#finish();
    return all.subarray(end + 4);
  }

  /** Other protocols begin lines with a capital word too: what has a whole first line must be HTTP. */
  #mayBeHead(bytes: Buffer): boolean {
    const end = bytes.indexOf('\r\n');
    return end < 0 || firstLines[this.#role].test(bytes.toString('latin1', 0, end));
  }

  /** How the body of a message ends. */
  #bodyOf(head: MessageHead): State {
    const nothing: State = { in: 'body', left: 0 };
    if (this.#role === 'reply') {
      if (head.status === 101) return { in: 'raw' };
      if (head.status < 200 || head.status === 204 || head.status === 304 || this.#target.bodiless?.())
        return nothing;
    }
    if (head.header('transfer-encoding').some((value) => /\bchunked\b/i.test(value))) {
      return { in: 'chunked', chunk: 0, line: '', trailer: false };
    }
    const length = head.header('content-length')[0];
    if (length !== undefined)
      return /^\d{1,15}$/.test(length) ? { in: 'body', left: Number(length) } : { in: 'raw' };
    return this.#role === 'reply' ? { in: 'until-close' } : nothing;
  }

  #chunked(state: Extract<State, { in: 'chunked' }>, bytes: Buffer): Buffer {
    if (state.chunk > 0) {
      // The last two of a chunk's bytes are its line break.
      const payload = bytes.subarray(0, Math.max(0, state.chunk - 2));
      if (payload.length > 0) {
        state.chunk -= payload.length;
        this.#target.body(payload, true);
        return bytes.subarray(payload.length);
      }
      const frame = bytes.subarray(0, state.chunk);
      state.chunk -= frame.length;
      this.#target.body(frame, false);
      return bytes.subarray(frame.length);
    }
    const end = bytes.indexOf(0x0a);
    const part = end < 0 ? bytes : bytes.subarray(0, end + 1);
    state.line += part.toString('latin1');
    this.#target.body(part, false);
    if (end >= 0) this.#chunkLine(state);
    else if (state.line.length > headBytesMax) this.giveUp();
    return bytes.subarray(part.length);
  }

  /** A whole line between chunks was read: a size, or a line of the trailer. */
  #chunkLine(state: Extract<State, { in: 'chunked' }>): void {
    const line = state.line.trim();
    state.line = '';
    if (state.trailer) {
      if (line === '') this.#finish();
      return;
    }
    const size = /^([0-9a-fA-F]{1,13})\s*(?:;.*)?$/.exec(line)?.[1];
    if (size === undefined) this.giveUp();
    else if (Number.parseInt(size, 16) === 0) state.trailer = true;
    else state.chunk = Number.parseInt(size, 16) + 2;
  }

  #finish(): void {
    this.#state = { in: 'start' };
    this.#target.done();
  }
}

const firstLines = {
  request: /^([A-Z]+) (\S+) HTTP\/1\.[01]$/,
  reply: /^HTTP\/1\.[01] (\d{3})(?: |$)/,
} as const;

const none: Buffer = Buffer.alloc(0);

/** Whether text may be the beginning of a request line, also when it is cut short. */
function looksLikeRequest(begin: string): boolean {
  return /^[A-Z]{1,16}(?: (?:[/*]|[a-zA-Z][^ ]*)?.*)?$/s.test(begin) && begin !== '';
}

function readHead(text: string, role: 'request' | 'reply'): MessageHead | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const request = role === 'request' ? firstLines.request.exec(first) : null;
  const reply = role === 'reply' ? firstLines.reply.exec(first) : null;
  if (!request && !reply) return undefined;
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) return undefined;
    const name = line.slice(0, colon).toLowerCase();
    const values = headers.get(name) ?? [];
    values.push(line.slice(colon + 1).trim());
    headers.set(name, values);
  }
  return {
    method: request?.[1] ?? '',
    path: pathOf(request?.[2] ?? ''),
    status: Number(reply?.[1] ?? 0),
    header: (name) => headers.get(name) ?? [],
  };
}

/** The path of a request target, which may be a whole URL. */
function pathOf(target: string): string {
  return target.replace(/^[a-zA-Z][\w+.-]*:\/\/[^/?#]*/, '').replace(/[?#].*$/s, '') || target;
}
