import type { LoadPeriod } from '../../journal/record.ts';
import { compares } from '../../probes/compare.ts';
import type { Claim, LoadWindow } from '../model.ts';
import { addUp, showMeasure, valueOf } from './load-figures.ts';
import type { Judgement } from './ports.ts';
import { faultsEndedAt, faultTimeMs, type Trace } from './trace.ts';

/**
 * Judges a claim about the load. A request belongs to the time in which it was due: one that a fault caught counts for
 * the fault, also when it timed out only after the fault's end.
 */
export function judgeLoad(claim: Extract<Claim, { kind: 'load' }>, trace: Trace): Judgement {
  const { phase, request } = claim.window;
  const parts = trace.samples
    .flatMap(({ sample }) => sample.requests)
    .filter(({ period }) => periods[phase].includes(period));
  const figures = addUp(parts, spanMsOf(phase, trace), request);
  const value = valueOf(claim.measure, figures);
  if (figures.due === 0) {
    const what = request === undefined ? 'no request' : `no request \`${request}\``;
    return { held: false, seen: `${what} was due in this time` };
  }
  return {
    held: value !== undefined && compares(value, claim.compare),
    seen: showMeasure(claim.measure, figures),
  };
}

const periods: Readonly<Record<LoadWindow['phase'], readonly LoadPeriod[]>> = {
  fault: ['fault'],
  after: ['after'],
  whole: ['before', 'fault', 'between', 'after'],
};

function spanMsOf(phase: LoadWindow['phase'], trace: Trace): number {
  const [first, last] = [trace.samples[0], trace.samples.at(-1)];
  if (first === undefined || last === undefined) return 0;
  if (phase === 'fault') return faultTimeMs(trace);
  const from = phase === 'after' ? (faultsEndedAt(trace)?.undoneAt ?? last.to) : first.from;
  return Math.max(0, last.to - from);
}
