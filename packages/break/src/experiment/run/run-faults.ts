import type { LoadPeriod } from '../../journal/record.ts';
import type { PlannedFault } from './planned-faults.ts';
import { type FaultOutcome, type FaultParts, runFault } from './run-fault.ts';

/** What the faults of an experiment need of it. */
export interface FaultsParts extends Omit<FaultParts, 'zeroMs' | 'onBegin' | 'onOver'> {
  /** Requests that fall due from now on belong to this period. */
  readonly mark: (period: LoadPeriod) => void;
  /** Called once when the last fault is undone. */
  readonly onOver: () => void;
}

/** Runs all faults of an experiment, each at its time, several at once where they overlap; the clock starts now. */
export function runFaults(
  plans: readonly PlannedFault[],
  parts: FaultsParts,
): {
  /** Resolves when the last fault is undone. */
  readonly over: Promise<void>;
  /** What came of each, once it was seen whether it is gone; rejects when the record cannot be written. */
  readonly outcomes: Promise<readonly FaultOutcome[]>;
} {
  const zeroMs = parts.clock.now();
  const allOver = Promise.withResolvers<void>();
  let on = 0;
  let left = plans.length;
  const end = (): void => {
    try {
      parts.mark('after');
      parts.onOver();
    } finally {
      allOver.resolve();
    }
  };

  const running = plans.map((plan) => {
    let began = false;
    return runFault(plan, {
      ...parts,
      zeroMs,
      onBegin() {
        began = true;
        on++;
        parts.mark('fault');
      },
      onOver() {
        left--;
        if (began) on--;
        if (left === 0) end();
        else if (began && on === 0) parts.mark('between');
      },
    });
  });
  if (plans.length === 0) end();
  // All are waited for, so that none is left on when another's record cannot be written.
  const outcomes = Promise.allSettled(running).then(() => Promise.all(running));
  // Nobody may have come to wait for it by the time it rejects.
  outcomes.catch(() => {});
  return { over: allOver.promise, outcomes };
}
