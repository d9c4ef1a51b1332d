/**
 * The once-only handler for effects on the store's own database: the effect and the record commit in one transaction,
 * so there is exactly one effect, whatever dies and whenever. No lease is needed: the database's own lock ends with
 * its holder.
 */
import { OptionsError } from '../kernel/errors.ts';
import { describeFailure } from '../kernel/failure.ts';
import { knownKeys } from '../kernel/options.ts';
import type { TransactionalStore, TransactionPoint } from '../kernel/store.ts';
import { isThenable } from '../kernel/thenable.ts';
import { FailureReplayedError, InFlightError, KeyReusedError } from './errors.ts';
import { asReplayed } from './once.ts';
import {
  checkRequest,
  type OnceOutcome,
  type OnceRequest,
  type OnceRules,
  readRules,
} from './once-request.ts';
import { decodeRecord, encodeRecord, recordKey } from './record.ts';

/** How a once-only handler in a transaction is set up. */
export interface OnceInTransactionOptions<Reply, Transaction> extends OnceRules<Reply> {
  /** A store in the database that the effects are on. */
  readonly store: TransactionalStore<Transaction>;
  /** Told of each boundary as it is passed, such as by a test that ends the process there. */
  readonly at?: (point: TransactionPoint) => void;
}

/** A once-only handler whose effects are part of a transaction. */
export interface OnceInTransaction<Reply, Transaction> {
  /**
   * Does `work` once for a key and plays its reply back to every repetition. What `work` does on the transaction that
   * it is handed is committed with the record, or not at all; on SQLite it must be synchronous.
   *
   * @throws InFlightError, KeyReusedError, FailureReplayedError, StoreUnavailableError, or the work's own error
   */
  run(
    request: OnceRequest,
    work: (transaction: Transaction) => Reply | Promise<Reply>,
  ): Promise<OnceOutcome<Reply>>;
}

/** When a caller is asked to come back whose key another request is at work on, in milliseconds. */
const retryAfterMs = 100;

/**
 * Makes a once-only handler whose effects are part of a transaction.
 *
 * @throws OptionsError
 * @example
 * const store = sqliteStore({ database });
 * const charges = onceInTransaction<Charge, DatabaseSync>({ store, scope: 'charges' });
 * const { reply } = await charges.run({ key, fingerprint }, (db) => insertCharge(db, order));
 */
export function onceInTransaction<Reply, Transaction>(
  options: OnceInTransactionOptions<Reply, Transaction>,
): OnceInTransaction<Reply, Transaction> {
  knownKeys('onceInTransaction', options, ['store', 'scope', 'keep', 'failures', 'isFailure', 'at']);
  const { store, at } = options;
  if (typeof store?.createWith !== 'function')
    throw new OptionsError('store', store, 'a store with transactions');
  const { scope, keepMs, failures, isFailure } = readRules(options);
  const settings = at === undefined ? { ttlMs: keepMs } : { ttlMs: keepMs, at };

  async function run(
    request: OnceRequest,
    work: (transaction: Transaction) => Reply | Promise<Reply>,
  ): Promise<OnceOutcome<Reply>> {
    checkRequest(request);
    const key = recordKey(scope, request);
    const { fingerprint } = request;
    let made: { readonly reply: Reply } | undefined;
    let error: { readonly thrown: unknown } | undefined;

    function record(reply: Reply): string {
      made = { reply };
      if (failures === 'redrive' && isFailure(reply)) throw new RolledBack();
      return encodeRecord({ state: 'done', fingerprint, reply });
    }
    function fail(thrown: unknown): never {
      if (!(thrown instanceof RolledBack)) error = { thrown };
      throw thrown;
    }
    function recorded(transaction: Transaction): string | Promise<string> {
      try {
        const reply = work(transaction);
        return isThenable(reply) ? Promise.resolve(reply).then(record).catch(fail) : record(reply);
      } catch (thrown) {
        return fail(thrown);
      }
    }

    try {
      const result = await store.createWith(key, recorded, settings);
      if (result.written) return { reply: asReplayed(made!.reply), replayed: false };
      if ('busy' in result) throw new InFlightError(request.key, retryAfterMs);
      return replay(request, result.current?.value);
    } catch (thrown) {
      if (thrown instanceof RolledBack && made !== undefined) {
        return { reply: asReplayed(made.reply), replayed: false };
      }
      if (error !== undefined && failures === 'replay') {
        const failure = describeFailure(error.thrown);
        const text = encodeRecord({ state: 'failed', fingerprint, failure });
        // The work's own error is what the caller must see, whatever becomes of the record.
        await store.write(key, text, { expect: 'absent', ttlMs: keepMs }).catch(() => undefined);
      }
      throw thrown;
    }
  }

  function replay(request: OnceRequest, value: string | undefined): OnceOutcome<Reply> {
    // Nothing to replay: the record's time ended at this very moment.
    if (value === undefined) throw new InFlightError(request.key, retryAfterMs);
    const record = decodeRecord(value);
    if (record.fingerprint !== request.fingerprint) throw new KeyReusedError(request.key);
    if (record.state === 'done') return { reply: record.reply as Reply, replayed: true };
    if (record.state === 'failed') throw new FailureReplayedError(request.key, record.failure);
    throw new InFlightError(request.key, retryAfterMs);
  }

  return Object.freeze({ run });
}

/** Ends a transaction whose reply tells of a failure; nobody else sees it. */
class RolledBack extends Error {}
