export { JournalError } from './errors.ts';
export type { JournalErrorCode } from './errors.ts';
export { bucketOf, bucketTopMs, LatencyHistogram } from './latency-histogram.ts';
export type { LatencyBuckets } from './latency-histogram.ts';
export type { LedgerEntry, LedgerStep } from './ledger/entry.ts';
export type { Guard, Ledger, NotedProcess } from './ledger/ledger.ts';
export { openLedger, undoRun } from './ledger/open-ledger.ts';
export type { OpenLedgerOptions } from './ledger/open-ledger.ts';
export type { UndoOutcome } from './ledger/undo.ts';
export type { UndoReport } from './ledger/undo-ledger.ts';
export { readJournal } from './reader.ts';
export { exitCodes, journalVersion } from './record.ts';
export type {
  FaultLabel,
  LoadPeriod,
  LoadSample,
  Phase,
  RequestSample,
  RunRecord,
  RunRecordBody,
  ServiceState,
  Verdict,
} from './record.ts';
export { createRunFolder } from './run-folder.ts';
export type { RunFolderOptions } from './run-folder.ts';
export { openJournal } from './writer.ts';
export type { Journal, RecordListener } from './writer.ts';
