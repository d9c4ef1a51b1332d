export type { Problem } from '../kernel/problem.ts';
export {
  type ClientEpoch,
  clientHeader,
  type ClientHeaders,
  epochHeader,
  type HeadersLike,
  readClient,
  writeClient,
} from './client-headers.ts';
export { beginLife, type ClientLife, type ClientLifeOptions, type LifePoint } from './client-life.ts';
export type { DeadLetter, DeadLetters } from './dead-letters.ts';
export { type Caller, type EpochGuard, epochGuard, type EpochGuardOptions } from './epoch-guard.ts';
export {
  ClientHeadersError,
  ClientLeaseLostError,
  KeyTakenError,
  OutboxClosedError,
  OutboxFullError,
  StaleEpochError,
} from './errors.ts';
export type { RecordedFailure as IntentFailure } from '../kernel/failure.ts';
export type { DeadReason } from './intent.ts';
export { outbox } from './outbox.ts';
export type {
  Outbox,
  OutboxOptions,
  PutOptions,
  PutPoint,
  PutResult,
  TransactionalOutbox,
} from './outbox-types.ts';
export type { WhenDead } from './plan.ts';
export { epochProblem } from './problem.ts';
export { type Relay, startRelay } from './relay.ts';
export type { RelayOptions, RelayPoint, Sending } from './relay-options.ts';
