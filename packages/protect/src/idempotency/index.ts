export { answerOnce, type HttpReply, type KeyedRequest } from './answer-once.ts';
export {
  FailureReplayedError,
  InFlightError,
  KeyInvalidError,
  KeyReusedError,
  LeaseLostError,
} from './errors.ts';
export { fingerprint } from './fingerprint.ts';
export { idempotencyKeyHeader, newIdempotencyKey, readIdempotencyKey, writeIdempotencyKey } from './key.ts';
export type { OnceOutcome, OnceRequest } from './once-request.ts';
export { type Claim, once, type Once, type OnceOptions, type OncePoint } from './once.ts';
export {
  onceInTransaction,
  type OnceInTransaction,
  type OnceInTransactionOptions,
} from './once-in-transaction.ts';
export type { Problem } from '../kernel/problem.ts';
export { idempotencyProblem } from './problem.ts';
