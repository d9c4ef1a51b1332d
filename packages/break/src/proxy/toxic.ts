import type { Clock, Random, Timers } from '@seaworthy/protect';
import type { EndKind } from './stream/delay-line.ts';

/** Which half of a connection: `upstream` is from client to server, `downstream` from server to client. */
export type StreamName = 'upstream' | 'downstream';

/** What an attribute may hold. */
export type AttributeValue = number | string | boolean;

/** The attributes of one toxic, complete: every one that its kind declares. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** One attribute that a kind of toxic takes. `int64` and `int` are whole numbers. */
export interface ToxicAttribute {
  readonly name: string;
  readonly type: 'int64' | 'int' | 'float64' | 'string' | 'bool';
  readonly default: AttributeValue;
  /** One line for people, with the unit. */
  readonly summary: string;
}

/** What every kind of toxic says of itself. */
export interface ToxicDescription {
  /** The name in files and in the HTTP API, such as `latency`. */
  readonly type: string;
  /** The name that errors of the HTTP API use for its attributes. */
  readonly structName: string;
  readonly summary: string;
  readonly attributes: readonly ToxicAttribute[];
  /** Says what is wrong with the values, or nothing. Called before they take effect. */
  readonly check?: (attributes: Attributes) => string | undefined;
}

/** A toxic that works on the bytes of one stream. */
export interface StreamToxicKind extends ToxicDescription {
  readonly acts: 'on-stream';
  /** Makes what stands in one stream of one connection. */
  create(host: StageHost, attributes: Attributes): Stage;
}

/** What stands in one stream of one connection, for one toxic: bytes go in, and out through its host. */
export interface Stage {
  /** How many bytes it holds back now. */
  readonly held: number;
  /** How many bytes it may hold before the sender is made to wait. */
  readonly capacity: number;
  /** Takes bytes that arrived; it may keep the buffer. */
  push(chunk: Buffer): void;
  /** Takes the end of the stream, which comes once, after the last byte. */
  end(kind: EndKind): void;
  /** Takes new values of the attributes. */
  update(attributes: Attributes): void;
  /** Lets go, in order and at once, of all that it holds: the toxic was removed, or no longer bites here. */
  release(): void;
  /** Forgets everything and cancels timers: the connection is gone. */
  destroy(): void;
  /** Whether the connection must be closed when the toxic is removed, since its bytes were thrown away. */
  readonly spoiled?: boolean;
}

/** What a stage may do. */
export interface StageHost {
  /** The stream in which the stage stands. */
  readonly stream: StreamName;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Numbers of this toxic on this stream of this connection alone. */
  readonly random: Random;
  /** Hands bytes to the next toxic, or to the receiver. From then on the buffer is theirs: it may be read into again. */
  emit(chunk: Buffer): void;
  /**
   * Ends the stream after the bytes emitted so far: `end` is a half-close, `close` closes the whole connection and
   * `reset` does so with an RST.
   */
  end(kind: EndKind): void;
}

/**
 * A toxic that knows HTTP/1 requests from replies. It hits single requests: its toxicity is the fraction of the
 * requests that match. Connections that speak something else, TLS too, pass untouched.
 */
export interface HttpToxicKind extends ToxicDescription {
  readonly acts: 'on-http';
  /** What happens to one request that is hit. */
  plan(attributes: Attributes, stream: StreamName): ExchangePlan;
}

/** What happens to one HTTP request and its reply; what is left out goes as it would. */
export interface ExchangePlan {
  /** The request is answered here and never reaches the server. */
  readonly answer?: { readonly status: number; readonly body: string };
  /** The request reaches the server this much later, in ms. */
  readonly requestDelayMs?: number;
  /** The reply reaches the client this much later, in ms. */
  readonly replyDelayMs?: number;
  /** The request never arrives, nor anything after it on its connection. */
  readonly loseRequest?: boolean;
  /** The reply never arrives, nor anything after it on its connection. */
  readonly loseReply?: boolean;
  /** The request arrives twice; the second reply is thrown away. */
  readonly repeat?: boolean;
  /** How many bytes of the request's body are changed. */
  readonly corruptRequest?: number;
  /** How many bytes of the reply's body are changed. */
  readonly corruptReply?: number;
  /** After so many bytes of the reply's body the connection is closed. */
  readonly truncateReplyAt?: number;
}

/** A toxic that works on connections as a whole. */
export interface ConnectionToxicKind extends ToxicDescription {
  readonly acts: 'on-connection';
  readonly effect: 'refuse' | 'half-open';
}

/** A kind of toxic. */
export type ToxicKind = StreamToxicKind | HttpToxicKind | ConnectionToxicKind;
