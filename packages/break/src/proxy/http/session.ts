import { STATUS_CODES } from 'node:http';
import { DelayLine, type EndKind } from '../stream/delay-line.ts';
import type { Attributes, ExchangePlan, HttpToxicKind, Stage, StageHost } from '../toxic.ts';
import { Framer, type MessageHead } from './framer.ts';
import { matches } from './match.ts';

/** A toxic, as a session uses it. */
export interface SessionToxic {
  readonly kind: HttpToxicKind;
  readonly stream: 'upstream' | 'downstream';
  readonly toxicity: number;
  readonly attributes: Attributes;
  /** Over all connections: how many requests it hit. */
  hits: number;
}

/** A request and its reply. */
interface Exchange {
  readonly method: string;
  readonly plan: ExchangePlan;
  /** The request was taken whole, so that its answer may be given. */
  requested: boolean;
  /** The reply is for nobody: it answers a repeated request. */
  readonly surplus: boolean;
  /** Bytes of the reply's body that went through. */
  passed: number;
  corrupted: number;
}

/** A request that is to be sent twice is kept up to this size; a longer one is sent once. */
const repeatBytesMax = 1024 * 1024;

/**
 * One HTTP toxic on one connection. It stands in both streams: finds requests and replies, asks the toxic for a plan
 * for each request that matches, and carries the plan out. Bytes that are no HTTP pass untouched.
 */
export class HttpSession {
  readonly #toxic: SessionToxic;
  readonly #exchanges: Exchange[] = [];
  readonly #request = new Framer('request', {
    head: (head, bytes) => this.#requestHead(head, bytes),
    body: (bytes, payload) => this.#requestBytes(bytes, payload),
    done: () => this.#requestDone(),
    raw: (bytes) => this.#send('upstream', bytes),
  });
  readonly #reply = new Framer('reply', {
    head: (head, bytes) => this.#replyHead(head, bytes),
    body: (bytes, payload) => this.#replyBytes(bytes, payload),
    done: () => this.#replyDone(),
    raw: (bytes) => this.#send('downstream', bytes),
    bodiless: () => ['HEAD', 'CONNECT'].includes(this.#answering()?.method ?? ''),
  });
  readonly #hosts: { upstream?: StageHost; downstream?: StageHost } = {};
  readonly #lines: { upstream?: DelayLine; downstream?: DelayLine } = {};
  /** Which streams lost bytes; nothing may follow in them. */
  readonly #holes = { upstream: false, downstream: false };
  /** The exchange whose request is being read. */
  #asking: Exchange | undefined;
  #copy: Buffer[] | undefined;
  #informational = false;

  constructor(toxic: SessionToxic) {
    this.#toxic = toxic;
  }

  /** What stands in one of the streams. */
  stage(host: StageHost): Stage {
    const { stream } = host;
    const framer = stream === 'upstream' ? this.#request : this.#reply;
    const line = new DelayLine(host);
    this.#hosts[stream] = host;
    this.#lines[stream] = line;
    const spoiled = () => this.#spoiled();
    return {
      capacity: 256 * 1024,
      get held() {
        return line.held + framer.held;
      },
      get spoiled() {
        return spoiled();
      },
      push: (chunk) => this.#push(framer, stream, chunk),
      end: (kind) => this.#end(framer, stream, kind),
      update() {},
      release() {
        framer.flush();
        line.flush();
      },
      destroy: () => line.clear(),
    };
  }

  #push(framer: Framer, stream: 'upstream' | 'downstream', chunk: Buffer): void {
    if (this.#holes[stream]) return;
    // Without a request there is nothing to frame a reply by: it began before the toxic came.
    if (stream === 'downstream' && !framer.midway && this.#answering() === undefined)
      this.#send(stream, chunk);
    else framer.push(chunk);
  }

  #end(framer: Framer, stream: 'upstream' | 'downstream', kind: EndKind): void {
    framer.flush();
    // Who loses a reply must not learn of it by the close that follows the reply.
    if (!this.#holes[stream]) this.#lines[stream]?.push(kind, -Infinity);
    else if (stream === 'upstream') this.#hosts.upstream?.end(kind);
  }

  #requestHead(head: MessageHead, bytes: Buffer): void {
    const plan = this.#plan(head);
    const exchange: Exchange = {
      method: head.method,
      plan,
      requested: false,
      surplus: false,
      passed: 0,
      corrupted: 0,
    };
    this.#exchanges.push(exchange);
    this.#asking = exchange;
    if (plan.repeat) this.#copy = [];
    if (plan.requestDelayMs !== undefined) this.#hold('upstream', bytes, plan.requestDelayMs);
    else this.#requestBytes(bytes, false);
    if (plan.answer && head.header('expect').length > 0) this.#answered(exchange);
    if (head.method === 'CONNECT' || head.header('upgrade').length > 0) this.#request.giveUp();
  }

  /** What is to be done with a request: nothing, unless it matches and the dice say so. */
  #plan(head: MessageHead): ExchangePlan {
    const { kind, attributes, toxicity, stream } = this.#toxic;
    const first = Number(attributes['first']);
    if (!matches(attributes, head) || (first > 0 && this.#toxic.hits >= first)) return {};
    if ((this.#hosts.upstream?.random() ?? 1) >= toxicity) return {};
    this.#toxic.hits += 1;
    return kind.plan(attributes, stream);
  }

  #requestBytes(bytes: Buffer, payload: boolean): void {
    const plan = this.#asking?.plan ?? {};
    if (plan.loseRequest) this.#holes.upstream = true;
    if (plan.loseRequest || plan.answer) return;
    this.#remember(bytes);
    const corrupted = payload && plan.corruptRequest && this.#asking;
    this.#send('upstream', corrupted ? this.#corrupt(bytes, corrupted, plan.corruptRequest ?? 0) : bytes);
  }

  #remember(bytes: Buffer): void {
    this.#copy?.push(bytes);
    const size = this.#copy?.reduce((sum, part) => sum + part.length, 0) ?? 0;
    if (size > repeatBytesMax) this.#copy = undefined;
  }

  #requestDone(): void {
    const exchange = this.#asking;
    this.#asking = undefined;
    if (!exchange) return;
    if (this.#copy) {
      this.#exchanges.push({ ...exchange, plan: {}, surplus: true, requested: true });
      this.#send('upstream', Buffer.concat(this.#copy));
      this.#copy = undefined;
    }
    this.#answered(exchange);
  }

  #answered(exchange: Exchange): void {
    exchange.requested = true;
    this.#answerLocally();
  }

  /** Gives the answers that the toxic makes up, once it is their turn. */
  #answerLocally(): void {
    for (let next = this.#exchanges[0]; next?.plan.answer && next.requested; next = this.#exchanges[0]) {
      this.#exchanges.shift();
      this.#send('downstream', writeAnswer(next.plan.answer, next.method));
    }
  }

  /** The exchange that the server's next reply belongs to. */
  #answering(): Exchange | undefined {
    return this.#exchanges.find(({ plan }) => !plan.answer && !plan.loseRequest);
  }

  #replyHead(head: MessageHead, bytes: Buffer): void {
    this.#informational = head.status < 200 && head.status !== 101;
    const exchange = this.#answering();
    const { plan = {}, surplus = false } = exchange ?? {};
    if (this.#informational) {
      // The client waits for this one before it sends the rest of its request.
      if (!surplus) this.#send('downstream', bytes);
      return;
    }
    if (plan.loseReply) this.#holes.downstream = true;
    if (plan.loseReply || surplus) return;
    if (plan.replyDelayMs !== undefined && !this.#informational)
      this.#hold('downstream', bytes, plan.replyDelayMs);
    else this.#send('downstream', bytes);
    if (head.status === 101 || exchange?.method === 'CONNECT') {
      this.#reply.giveUp();
      this.#request.giveUp();
    } else if (plan.truncateReplyAt === 0) {
      this.#close();
    }
  }

  #replyBytes(bytes: Buffer, payload: boolean): void {
    const exchange = this.#answering();
    // Another toxic may have had the request sent twice: what answers nothing that was asked here is for it to drop.
    if (!exchange) return this.#send('downstream', bytes);
    if (exchange.surplus || exchange.plan.loseReply) return;
    const { truncateReplyAt, corruptReply } = exchange.plan;
    const room = truncateReplyAt === undefined ? Infinity : truncateReplyAt - exchange.passed;
    const part = payload && bytes.length > room ? bytes.subarray(0, room) : bytes;
    if (payload) exchange.passed += part.length;
    const changed = payload && corruptReply ? this.#corrupt(part, exchange, corruptReply) : part;
    if (changed.length > 0) this.#send('downstream', changed);
    if (payload && truncateReplyAt !== undefined && exchange.passed >= truncateReplyAt) this.#close();
  }

  #replyDone(): void {
    if (this.#informational) {
      this.#informational = false;
      return;
    }
    const answered = this.#answering();
    if (answered) this.#exchanges.splice(this.#exchanges.indexOf(answered), 1);
    this.#answerLocally();
  }

  /** Flips a bit in one byte of the payload, until as many as wanted are wrong. */
  #corrupt(bytes: Buffer, exchange: Exchange, wanted: number): Buffer {
    if (exchange.corrupted >= wanted || bytes.length === 0) return bytes;
    const wrong = Buffer.from(bytes);
    const count = Math.min(wanted - exchange.corrupted, bytes.length);
    const random = this.#hosts.upstream?.random ?? (() => 0);
    for (let i = 0; i < count; i += 1) {
      const at = Math.floor(((i + random()) / count) * wrong.length);
      wrong[at] = (wrong[at] ?? 0) ^ 0x01;
    }
    exchange.corrupted += count;
    return wrong;
  }

  #send(stream: 'upstream' | 'downstream', bytes: Buffer): void {
    if (!this.#holes[stream]) this.#lines[stream]?.push(bytes, -Infinity);
  }

  #hold(stream: 'upstream' | 'downstream', bytes: Buffer, delayMs: number): void {
    const now = this.#hosts[stream]?.clock.now() ?? 0;
    this.#lines[stream]?.push(bytes, now + delayMs);
  }

  #close(): void {
    this.#lines.downstream?.push('close', -Infinity);
  }

  /** Whether the connection cannot go on without the toxic. */
  #spoiled(): boolean {
    const half = this.#asking?.plan.answer !== undefined;
    return (
      this.#holes.upstream || this.#holes.downstream || half || this.#exchanges.some(({ surplus }) => surplus)
    );
  }
}

function writeAnswer(
  { status, body }: { readonly status: number; readonly body: string },
  method: string,
): Buffer {
  const payload = Buffer.from(body);
  const bodiless = status === 204 || status === 304;
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`];
  if (!bodiless) lines.push('Content-Type: text/plain; charset=utf-8', `Content-Length: ${payload.length}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  return bodiless || method === 'HEAD' ? head : Buffer.concat([head, payload]);
}
