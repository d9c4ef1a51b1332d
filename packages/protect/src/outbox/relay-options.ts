import { type Backoff, exponential } from '../kernel/backoff.ts';
import { type Duration, parseDuration } from '../kernel/duration.ts';
import { OptionsError } from '../kernel/errors.ts';
import { knownKeys, oneOf, wholeNumber } from '../kernel/options.ts';
import type { ClientLife } from './client-life.ts';
import type { Outbox } from './outbox-types.ts';
import type { WhenDead } from './plan.ts';

/** A boundary that an intent passes on its way out. */
export type RelayPoint =
  | 'found-dead'
  | 'claimed'
  | 'sent'
  | 'removed'
  | 'send-failed'
  | 'rescheduled'
  | 'given-up'
  | 'dead-lettered';

/** An intent that is being sent. */
export interface Sending<Payload> {
  readonly payload: Payload;
  /** The idempotency key: the same for every attempt, by whatever process. */
  readonly key: string;
  readonly orderingKey: string | undefined;
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  /** Whether whoever made the attempt before died without saying what came of it. */
  readonly resumed: boolean;
  /** A fencing token: higher than that of every earlier attempt. */
  readonly token: number;
  /** Aborted when the attempt is given up: the intent's time is over, the lease is lost, or the relay closes. */
  readonly signal: AbortSignal;
  /** `Idempotency-Key`, `Seaworthy-Client` and `Seaworthy-Epoch`, for a call over HTTP. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How a relay is set up. */
export interface RelayOptions<Payload> {
  readonly outbox: Outbox<Payload>;
  /** In whose name it sends; the same life may serve several relays. */
  readonly life: ClientLife;
  /**
   * Sends one intent, usually through a pipeline; it must end, so give that a timeout. The intent is done when this
   * resolves, and tried again when it throws. What it calls takes over the intent's deadline.
   */
  readonly send: (sending: Sending<Payload>) => unknown;
  /** Intents sent at the same time; 1 to 1,000. Default 16. */
  readonly concurrency?: number;
  /**
   * How often sending an intent is begun before it is given up; 1 to 10,000. What an open breaker or another policy
   * turned away counts as not begun. Default 20.
   */
  readonly attempts?: number;
  /** The wait before each further attempt; a longer one that the other side asks for is kept. Default: exponential from 1 s to 5 min with full jitter. */
  readonly backoff?: Backoff;
  /** Whether an error is worth another attempt. Default: every error is. */
  readonly on?: (error: unknown, attempt: number) => boolean;
  /**
   * What a dead intent does to those with the same ordering key behind it: `'halt'` (default) has them wait until
   * someone decides on it, `'skip'` sends them.
   */
  readonly whenDead?: WhenDead;
  /** How often the store is asked for what other processes put there. Default 1 s, at least 10 ms. */
  readonly poll?: Duration;
  /** Told of each boundary as it is passed, such as by a test that ends the process there. */
  readonly at?: (point: RelayPoint) => void;
}

/** The options of a relay, checked. */
export interface RelayRules<Payload> {
  readonly outbox: Outbox<Payload>;
  readonly life: ClientLife;
  readonly send: (sending: Sending<Payload>) => unknown;
  readonly concurrency: number;
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly on: (error: unknown, attempt: number) => boolean;
  readonly whenDead: WhenDead;
  readonly pollMs: number;
  readonly at: ((point: RelayPoint) => void) | undefined;
}

/** @throws OptionsError */
export function readRelayOptions<Payload>(options: RelayOptions<Payload>): RelayRules<Payload> {
  knownKeys('startRelay', options, [
    'outbox',
    'life',
    'send',
    'concurrency',
    'attempts',
    'backoff',
    'on',
    'whenDead',
    'poll',
    'at',
  ]);
  const { outbox, life, send, backoff = exponential({ base: '1s', max: '5m' }) } = options;
  if (typeof outbox?.inside !== 'object') throw new OptionsError('outbox', outbox, 'an outbox');
  if (typeof life?.begin !== 'function') throw new OptionsError('life', life, 'what `beginLife` gives');
  for (const [name, value] of Object.entries({ send, backoff, on: options.on ?? send })) {
    if (typeof value !== 'function') throw new OptionsError(name, value, 'a function');
  }
  return {
    outbox,
    life,
    send,
    concurrency: wholeNumber('concurrency', options.concurrency ?? 16, 1, 1_000),
    attempts: wholeNumber('attempts', options.attempts ?? 20, 1, 10_000),
    backoff,
    on: options.on ?? (() => true),
    whenDead: oneOf('whenDead', options.whenDead ?? 'halt', ['halt', 'skip']),
    pollMs: parseDuration('poll', options.poll ?? '1s', 10),
    at: options.at,
  };
}
