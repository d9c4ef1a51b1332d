/**
 * The once-only handler for effects outside the store, such as a call to a bank.
 *
 * A record and an effect elsewhere cannot commit together. What holds: at most one holder at a time works on a key, as
 * its lease says; a finished request is never worked on again; work whose holder died is taken up again, with
 * `resumed: true`. Whether its effect had happened by then only the place of the effect knows, so hand it the key, or
 * let it refuse a token lower than one that it has seen. Where the effect is on the store's own database,
 * `onceInTransaction` promises more.
 */
import { type Duration, parseDuration } from '../kernel/duration.ts';
import { OptionsError } from '../kernel/errors.ts';
import { describeFailure } from '../kernel/failure.ts';
import { knownKeys } from '../kernel/options.ts';
import { defaultRuntime, type Runtime } from '../kernel/runtime.ts';
import type { Store, StoredRecord } from '../kernel/store.ts';
import { FailureReplayedError, InFlightError, KeyReusedError, LeaseLostError } from './errors.ts';
import { Lease } from './lease.ts';
import {
  checkRequest,
  type OnceOutcome,
  type OnceRequest,
  type OnceRules,
  readRules,
} from './once-request.ts';
import { decodeRecord, encodeRecord, type OnceRecord, recordKey } from './record.ts';

/** A boundary that a request passes. */
export type OncePoint = 'begun' | 'claimed' | 'effect-made' | 'recorded';

/** How a once-only handler is set up. */
export interface OnceOptions<Reply> extends OnceRules<Reply> {
  readonly store: Store;
  /**
   * How long after its last sign of life a holder counts as dead and another may take over; a living one renews three
   * times in it, so that work may take longer. Default 30 s, at least 50 ms.
   */
  readonly lease?: Duration;
  /** Default: the one runtime of the process. */
  readonly runtime?: Runtime;
  /** Told of each boundary as it is passed, such as by a test that ends the process there. */
  readonly at?: (point: OncePoint) => void;
}

/** The right to do the work of one request. */
export interface Claim {
  /** The fencing token: higher than that of every earlier holder. */
  readonly token: number;
  /** Whether an earlier holder began and left no reply: the effect may have happened. */
  readonly resumed: boolean;
  /** Aborted when the lease is lost; another holder may be at work then. */
  readonly signal: AbortSignal;
}

/** A once-only handler. */
export interface Once<Reply> {
  /**
   * Does `work` once for a key, records its reply, and plays it back to every repetition. A reply is what JSON keeps of it.
   *
   * @throws InFlightError, KeyReusedError, LeaseLostError, FailureReplayedError, StoreUnavailableError, or the work's own error
   */
  run(request: OnceRequest, work: (claim: Claim) => Reply | Promise<Reply>): Promise<OnceOutcome<Reply>>;
}

/** The longest that a caller is asked to wait before it asks again, in milliseconds. */
const retryAfterMsMax = 1_000;
/** How often a claim is tried that others come in between of. */
const claimsMax = 10;

/**
 * Makes a once-only handler.
 *
 * @throws OptionsError
 * @example
 * const refunds = once<Refund>({ store, scope: 'refunds', lease: '30s' });
 * const { reply } = await refunds.run({ key, fingerprint }, ({ signal }) => bank.refund(amount, { key, signal }));
 */
export function once<Reply>(options: OnceOptions<Reply>): Once<Reply> {
  knownKeys('once', options, ['store', 'scope', 'keep', 'failures', 'isFailure', 'lease', 'runtime', 'at']);
  const { store, runtime = defaultRuntime, at } = options;
  if (typeof store?.write !== 'function') throw new OptionsError('store', store, 'a store');
  const rules = readRules(options);
  const { scope, keepMs } = rules;
  const leaseMs = parseDuration('lease', options.lease ?? '30s', 50);

  /** The claim on a key, or what is recorded of it. */
  async function claim(
    key: string,
    request: OnceRequest,
    running: string,
  ): Promise<Won | OnceOutcome<Reply>> {
    let expect: 'absent' | number = 'absent';
    for (let tries = 0; tries < claimsMax; tries++) {
      const result = await store.write(key, running, { expect, ttlMs: keepMs });
      if (result.written) return { token: result.version, resumed: expect !== 'absent' };
      const { current } = result;
      if (current === undefined) {
        expect = 'absent';
        continue;
      }
      const record = decodeRecord(current.value);
      const reply = judge(request, record, current);
      if (reply !== undefined) return reply;
      expect = current.version;
    }
    throw new InFlightError(request.key, retryAfterMsMax);
  }

  /** The recorded outcome; nothing where the work may be taken over. */
  function judge(
    request: OnceRequest,
    record: OnceRecord,
    current: StoredRecord,
  ): OnceOutcome<Reply> | undefined {
    if (record.fingerprint !== request.fingerprint) throw new KeyReusedError(request.key);
    if (record.state === 'done') return { reply: record.reply as Reply, replayed: true };
    if (record.state === 'failed') {
      if (rules.failures === 'redrive') return undefined;
      throw new FailureReplayedError(request.key, record.failure);
    }
    const leftMs = record.leaseMs - current.ageMs;
    if (leftMs > 0) throw new InFlightError(request.key, Math.min(leftMs, retryAfterMsMax));
    return undefined;
  }

  /** Records the outcome; where the lease was lost, what the other holder recorded counts. */
  async function finish(
    lease: Lease,
    key: string,
    request: OnceRequest,
    record: OnceRecord,
  ): Promise<OnceOutcome<Reply> | undefined> {
    if (await lease.finish(encodeRecord(record))) return undefined;
    const current = await store.read(key);
    const other = current && decodeRecord(current.value);
    if (other?.state === 'done' && other.fingerprint === request.fingerprint) {
      return { reply: other.reply as Reply, replayed: true };
    }
    throw new LeaseLostError(request.key);
  }

  async function run(
    request: OnceRequest,
    work: (claim: Claim) => Reply | Promise<Reply>,
  ): Promise<OnceOutcome<Reply>> {
    checkRequest(request);
    at?.('begun');
    const key = recordKey(scope, request);
    const { fingerprint } = request;
    const holder = crypto.randomUUID();
    const value = encodeRecord({ state: 'running', fingerprint, holder, leaseMs });
    const claimedAt = runtime.clock.now();
    const won = await claim(key, request, value);
    if ('replayed' in won) return won;
    at?.('claimed');
    const controller = new AbortController();
    const onLost = () => controller.abort(new LeaseLostError(request.key));
    const lease = new Lease(
      { store, key, value, holder, leaseMs, keepMs, runtime, onLost },
      won.token,
      claimedAt,
    );
    let reply: Reply;
    try {
      reply = await work({ ...won, signal: controller.signal });
    } catch (error) {
      const failed = { state: 'failed', fingerprint, failure: describeFailure(error) } as const;
      // The work's own error is what the caller must see, whatever becomes of the record.
      await finish(lease, key, request, failed).catch(() => undefined);
      throw error;
    }
    at?.('effect-made');
    const failed = rules.isFailure(reply) && rules.failures === 'redrive';
    const failure = { name: 'Reply', message: 'the reply told of a failure' };
    const record: OnceRecord = failed
      ? { state: 'failed', fingerprint, failure }
      : { state: 'done', fingerprint, reply };
    const other = await finish(lease, key, request, record);
    at?.('recorded');
    // The first caller gets what a repetition will get.
    return other ?? { reply: asReplayed(reply), replayed: false };
  }

  return Object.freeze({ run });
}

type Won = Omit<Claim, 'signal'>;

/** A reply as it is after it was recorded. */
export function asReplayed<Reply>(reply: Reply): Reply {
  return reply === undefined ? reply : (JSON.parse(JSON.stringify(reply)) as Reply);
}
