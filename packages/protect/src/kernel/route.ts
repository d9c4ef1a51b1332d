import type { Attempt } from './attempt.ts';
import type { Emit } from './events.ts';
import type { Layer } from './layer.ts';
import type { Runtime } from './runtime.ts';

/** What a pipeline runs: any function, synchronous or not. It gets the attempt, which carries the signal. */
export type Work<T> = (attempt: Attempt) => T | PromiseLike<T>;

/** A pipeline as the engine sees it. */
export interface Route {
  readonly name: string;
  readonly runtime: Runtime;
  readonly emit: Emit;
  readonly layers: readonly Layer[];
  /** Whether some layer may end a call while its work still runs. */
  readonly interrupts: boolean;
  readonly ambient: boolean;
  /** An array as long as the layers, to be copied. */
  readonly noTokens: readonly undefined[];
  /** Calls under way, forks among them. */
  running: number;
  /** Hears that the last of them ended, for an orderly close. */
  onIdle: (() => void) | undefined;
}
