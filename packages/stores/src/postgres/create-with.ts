/** A record and the user's own statements, committed together. */
import { checkRecord, type CreateResult, type TransactionalStore } from '@seaworthy/protect/store';
import type { CallTime } from '../call-time.ts';
import { isConflict, type Loan, type PostgresClient } from './loan.ts';
import { toRecord } from './record.ts';
import type { PostgresStatements } from './schema.ts';

/** What the store lends to it. */
export interface CreateWithParts<Client extends PostgresClient> {
  readonly statements: PostgresStatements;
  readonly inTime: <T>(call: (time: CallTime) => Promise<T>) => Promise<T>;
  readonly borrow: (time: CallTime) => Promise<Loan<Client>>;
  /** Whether it is time to delete what is past its own. */
  readonly isSweepDue: () => boolean;
}

export function makeCreateWith<Client extends PostgresClient>({
  statements,
  inTime,
  borrow,
  isSweepDue,
}: CreateWithParts<Client>): TransactionalStore<Client>['createWith'] {
  /** Whatever is in the way of doing the work, with the transaction open. */
  async function begin(loan: Loan<Client>, time: CallTime, key: string): Promise<CreateResult | undefined> {
    await loan.query(time, 'BEGIN');
    // Ends with the transaction, and so with its holder, however it dies.
    const [lock] = await loan.query(time, statements.tryLock, [key]);
    if (lock?.['locked'] !== true) return busy;
    const [row] = await loan.query(time, statements.read, [key]);
    return row && { written: false, current: toRecord(row) };
  }

  /** Leaves no trace; a connection that cannot roll back is closed, which comes to the same. */
  async function rollBack(loan: Loan<Client>): Promise<void> {
    await inTime((time) => loan.query(time, 'ROLLBACK')).catch(() => loan.giveUp());
  }

  return async (key, work, { ttlMs, at } = {}) => {
    checkRecord(key);
    const loan = await inTime(borrow);
    let error: { readonly ofWork: unknown } | undefined;
    try {
      const inTheWay = await inTime((time) => begin(loan, time, key));
      if (inTheWay !== undefined) {
        await rollBack(loan);
        return inTheWay;
      }
      at?.('transaction-begun');
      let value: string;
      try {
        value = await work(loan.client);
      } catch (thrown) {
        error = { ofWork: thrown };
        throw thrown;
      }
      at?.('effect-made');
      checkRecord(key, value);
      const version = await inTime(async (time) => {
        const [row] = await loan.query(time, statements.putNew, [key, value, ttlMs ?? null]);
        if (row === undefined) return undefined;
        at?.('record-written');
        await loan.query(time, 'COMMIT');
        return Number(row['version']);
      });
      if (version === undefined) {
        await rollBack(loan);
        return busy;
      }
      at?.('committed');
      // It is committed, whatever becomes of the sweep.
      if (isSweepDue()) await inTime((time) => loan.query(time, statements.sweep)).catch(() => undefined);
      return { written: true, version };
    } catch (thrown) {
      await rollBack(loan);
      // Under a strict isolation another was quicker; this one is gone without a trace and may be asked for again.
      if (error === undefined && isConflict(thrown)) return busy;
      throw thrown;
    } finally {
      loan.giveBack();
    }
  };
}

const busy: CreateResult = { written: false, busy: true };
