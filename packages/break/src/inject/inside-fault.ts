/**
 * A fault that happens inside a process: on the process's own event loop and in its own memory, where nothing outside
 * can reach. The agent runs it; the lab only asks.
 */
import type { Clock, Timers } from '@seaworthy/protect';

/** One kind of fault inside a process. */
export interface InsideFault {
  readonly name: string;
  /**
   * Begins it; resolves once it is wholly on. It ends with `context.signal`, also while it begins.
   *
   * @throws Error when it cannot be, with the reason and the mend as people read them
   */
  begin(options: Readonly<Record<string, unknown>>, context: InsideContext): Promise<InsideDeed>;
}

/** A fault that is on inside the process. */
export interface InsideDeed {
  /** What the fault itself knows of its effect; the agent measures event loop and memory. */
  measure?(): Readonly<Record<string, number>>;
  /** Ends it at once and gives everything back; may be called more than once. */
  end(): void;
}

/** What a fault inside a process has to work with. */
export interface InsideContext {
  /** The fault's id in the run. */
  readonly id: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly signal: AbortSignal;
  /** The most memory that a fault may take, in bytes. */
  readonly memoryBytesMax: number;
}

/**
 * Reads a number from options that came over the wire.
 *
 * @throws RangeError when it is not a number from `least` to `most`
 */
export function numberOption(
  options: Readonly<Record<string, unknown>>,
  name: string,
  least: number,
  most: number,
): number {
  const value = options[name];
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new RangeError(
      `Expected \`${name}\` to be a number from ${least} to ${most}, got ${String(value)}.`,
    );
  }
  return value;
}
