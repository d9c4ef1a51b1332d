import { compares } from '../../probes/compare.ts';
import type { Claim } from '../model.ts';
import type { Judgement } from './ports.ts';
import { showCount, showShare } from './show.ts';
import { spanOf, type Trace } from './trace.ts';

/** Calls are counted when they end: those that a fault hit end up to a second after it, for most time limits. */
const afterglowMs = 1_000;

/** Judges how much load retries added while faults were on: (attempts - calls) / calls. */
export function judgeRetryLoad(claim: Extract<Claim, { kind: 'retry-load' }>, trace: Trace): Judgement {
  const { calls, attempts } = countCalls(
    trace,
    (service, pipeline) =>
      pipeline === claim.pipeline && (claim.service === undefined || service === claim.service),
  );
  if (calls === 0) {
    return { held: false, seen: `no service told of a call through \`${claim.pipeline}\` in this time` };
  }
  // An open breaker or a shedder refuses calls without an attempt: then there are fewer attempts than calls.
  const share = (attempts - calls) / calls;
  const counts = `${showCount(attempts)} attempts for ${showCount(calls)} calls`;
  const seen = share < 0 ? `no more attempts than calls (${counts})` : `${showShare(share)} (${counts})`;
  return { held: compares(share, claim.compare), seen };
}

/** The calls that ended while a fault was on, or shortly after, through the pipelines that are chosen. */
export function countCalls(
  trace: Trace,
  chosen: (service: string, pipeline: string) => boolean,
  faults = trace.faults,
): { readonly calls: number; readonly failed: number; readonly attempts: number } {
  const spans = faults.map((fault) => spanOf(fault, trace));
  let [calls, failed, attempts] = [0, 0, 0];
  for (const { at, service, event } of trace.policies) {
    if (event.type !== 'calls.counted' || !chosen(service, event.pipeline)) continue;
    if (!spans.some(({ from, to }) => at >= from && at <= to + afterglowMs)) continue;
    const of = (name: string) => (typeof event[name] === 'number' ? event[name] : 0);
    calls += of('succeeded') + of('failed') + of('cancelled');
    failed += of('failed');
    attempts += of('attempts');
  }
  return { calls, failed, attempts };
}
