import type { Runtime } from '../kernel/runtime.ts';
import type { Store } from '../kernel/store.ts';

/** What a relay of the same process has to know of an outbox. */
export interface OutboxInside {
  readonly store: Store;
  /** Below which its intents stand. */
  readonly prefix: string;
  readonly runtime: Runtime;
  /** Each is called when there is something new to send. */
  readonly listeners: Set<() => void>;
  /** Takes a count that was made by the way. */
  counted(stored: number): void;
}
