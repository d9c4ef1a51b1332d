import type { Clock } from '@seaworthy/protect';
import type { RunRecord } from '../journal/record.ts';
import type { ProcessLedger, WatchChannel } from './needs.ts';

/** What a system is started with. */
export interface StartSystemOptions {
  /** The name of the mode to run in; the first one by default. */
  readonly mode?: string;
  /** Takes the services' data (`data/NAME`) and output (`logs/NAME.jsonl`). */
  readonly runFolder: string;
  readonly ledger: ProcessLedger;
  readonly watch: WatchChannel;
  /** Hears what becomes of the services. */
  readonly onRecord: (record: RunRecord) => void;
  /** Makes the links' random choices repeatable; 1 by default. */
  readonly seed?: number;
  readonly clock?: Clock;
  /** Gives the start up; nothing is left running then. */
  readonly signal?: AbortSignal;
  /** The environment that services inherit; the lab's own by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}
