import { compares } from '../../probes/compare.ts';
import type { LoadSample } from '../../journal/record.ts';
import type { AbortCondition } from '../model.ts';
import { addUp, showMeasure, valueOf } from './load-figures.ts';

/** Looks at every sample of the load, and says when a condition to abort is met. */
export interface AbortWatch {
  /** The condition that is now met, with what was seen; `undefined` while none is. */
  look(sample: LoadSample): { readonly condition: string; readonly seen: string } | undefined;
}

/** A measure is taken over the samples of the last second, so that a few requests do not decide. */
const measuredMs = 1_000;

/** Watches for the conditions; each must hold without a break for its time. */
export function abortWatch(conditions: readonly AbortCondition[]): AbortWatch {
  let recent: LoadSample[] = [];
  /** For how long each condition has held. */
  const heldMs = new Map<AbortCondition, number>();

  return {
    look(sample) {
      recent = [...recent, sample];
      while (spanOf(recent.slice(1)) >= measuredMs) recent = recent.slice(1);
      for (const condition of conditions) {
        const figures = addUp(
          recent.flatMap(({ requests }) => requests),
          spanOf(recent),
          condition.request,
        );
        const value = valueOf(condition.measure, figures);
        // Where nothing ended there is nothing to judge: the time counts neither for the condition nor against it.
        if (value === undefined) continue;
        if (!compares(value, condition.compare)) {
          heldMs.delete(condition);
          continue;
        }
        const soFarMs = (heldMs.get(condition) ?? 0) + sample.intervalMs;
        heldMs.set(condition, soFarMs);
        if (soFarMs >= condition.forMs) {
          return { condition: condition.text, seen: showMeasure(condition.measure, figures) };
        }
      }
      return undefined;
    },
  };
}

function spanOf(samples: readonly LoadSample[]): number {
  return samples.reduce((sum, { intervalMs }) => sum + intervalMs, 0);
}
