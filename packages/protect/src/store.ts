/** The contract of stores, for those who keep one or write one: `@seaworthy/protect/store`. */
export {
  checkRecord,
  type CreateResult,
  type Store,
  type StoredRecord,
  StoreUnavailableError,
  type TransactionalStore,
  type TransactionPoint,
  type WriteOptions,
  type WriteResult,
} from './kernel/store.ts';
export { TimeLimit, type TimeoutQueue, timeoutQueue } from './kernel/timeout-queues.ts';
