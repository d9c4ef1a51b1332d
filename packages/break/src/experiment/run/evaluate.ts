import type { RunRecord } from '../../journal/record.ts';
import type { Expectation, Probe } from '../model.ts';
import { judgeLoad } from './judge-load.ts';
import { judgePolicy } from './judge-policy.ts';
import { judgeRetryLoad } from './judge-retry-load.ts';
import { judgeSteadyAgain } from './judge-steady-again.ts';
import type { JudgedExpectation, Judgement } from './ports.ts';
import { type Trace, traceOf } from './trace.ts';

/**
 * Judges expectations by the records of one experiment and by nothing else, so that a journal can be judged again. What
 * cannot be judged, since nothing of the kind was recorded, has not held.
 *
 * @param records - from `experiment.started` on, in the order of the journal
 * @param steadyState - the probes that `steady again` means
 */
export function evaluate(
  expectations: readonly Expectation[],
  records: readonly RunRecord[],
  steadyState: readonly Probe[],
): JudgedExpectation[] {
  const trace = traceOf(records);
  return expectations.map((expectation) => ({
    expected: expectation.text,
    ...judge(expectation, trace, steadyState),
  }));
}

function judge(claim: Expectation, trace: Trace, steadyState: readonly Probe[]): Judgement {
  switch (claim.kind) {
    case 'load':
      return judgeLoad(claim, trace);
    case 'policy':
      return judgePolicy(claim, trace);
    case 'retry-load':
      return judgeRetryLoad(claim, trace);
    case 'steady-again':
      return judgeSteadyAgain(claim, trace, steadyState);
    default:
      return judgeProbe(claim.probe, trace);
  }
}

/** A probe is asked when all is over; its last answer counts. */
function judgeProbe({ name }: Probe, trace: Trace): Judgement {
  const reading = trace.probes.findLast(({ probe, phase }) => probe === name && phase === 'done');
  if (reading === undefined) return { held: false, seen: 'it was not asked' };
  return { held: reading.held, seen: reading.seen };
}
