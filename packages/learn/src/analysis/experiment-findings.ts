/** What one experiment taught beyond its hypotheses: faults that nothing absorbed, harm that outlasted its cause. */

import { plural, showCount, showDuration, showTimes } from '../text/figures.ts';
import type { Absorption } from './absorption.ts';
import { type Amplification, attemptsPerCall } from './amplification.ts';
import type { Finding } from './finding.ts';
import { placeName } from './policy-vocabulary.ts';
import { beforeLevel, faultTime, servedOver } from './goodput.ts';
import type { BreakerBands } from './breaker-bands.ts';
import type { ExperimentTrace, FaultObservation, FaultWindow } from './run.ts';

/** What the findings of an experiment are made from. */
export interface ExperimentEvidence {
  readonly trace: ExperimentTrace;
  readonly absorptions: readonly Absorption[];
  readonly amplification: readonly Amplification[];
  /** The bands within the experiment. */
  readonly breakers: readonly BreakerBands[];
  /** Whether the system was steady again within the watched time; undefined where that was not measured. */
  readonly steadyAgain: boolean | undefined;
  /** How long it was watched after the last fault. */
  readonly watchedMs: number | undefined;
}

/** Losing less than this share of the requests counts as no harm. */
const harmlessShare = 0.01;
/** That fewer than this share of the wanted answers came in their time, though they came, counts as no harm. */
const harmlessDelay = 0.05;
/** A retry budget of 10 % is the field's advice (Google SRE, Finagle: 20 %); twice that is a finding. */
const amplificationMax = 1.2;

/** The findings of one experiment. */
export function experimentFindings(evidence: ExperimentEvidence): Finding[] {
  const { trace } = evidence;
  const harm = harmOf(trace);
  return [
    ...evidence.absorptions.flatMap((absorption) => faultFindings(trace, absorption, harm)),
    ...trace.recordedFindings.map((text) => recorded(trace, text, harm)),
    ...amplified(evidence),
    ...notRecovered(evidence),
    ...notSteadyAgain(evidence),
  ];
}

/** How a fault is named in sentences: `kill of inventory`. */
export function faultName({ label }: FaultWindow): string {
  return `${label.fault} of ${label.target}`;
}

interface Harm {
  readonly hurt: boolean;
  readonly words: string;
}

function harmOf(trace: ExperimentTrace): Harm {
  const parts = trace.samples.flatMap(({ sample }) => sample.requests);
  const during = shareBad(parts.filter(({ period }) => period === 'fault'));
  const before = shareBad(parts.filter(({ period }) => period === 'before'));
  if (during.share > before.share + harmlessShare) {
    const words = `${plural(during.bad, 'request')} of ${showCount(during.all)} went without a good answer`;
    return { hurt: true, words };
  }
  const level = beforeLevel(trace);
  if (level !== undefined) {
    const { wanted, served } = servedOver(trace, level, faultTime(trace));
    if (wanted - served > harmlessDelay * wanted) {
      const late = Math.max(1, Math.round(wanted - served));
      return { hurt: true, words: `${plural(late, 'request')} of ${showCount(wanted)} came too late` };
    }
  }
  const probe = trace.probes.find((reading) => reading.phase === 'fault' && !reading.held);
  if (probe !== undefined) return { hurt: true, words: `the probe “${probe.probe}” did not hold` };
  return { hurt: false, words: 'the load lost nothing' };
}

function shareBad(parts: readonly { readonly good: number; readonly bad: number }[]) {
  const bad = parts.reduce((sum, part) => sum + part.bad, 0);
  const all = bad + parts.reduce((sum, part) => sum + part.good, 0);
  return { bad, all, share: all > 0 ? bad / all : 0 };
}

/** A finding of the runner, which knows the system's map; what it says of a fault, no finding here repeats. */
function recorded(trace: ExperimentTrace, text: string, harm: Harm): Finding {
  const fault = trace.faults.find((window) => text.includes(faultName(window)));
  // Figures differ from run to run; the finding is the same.
  const subject = text.replace(/\d[\d\s.,%]*/gu, '# ');
  if (fault === undefined) {
    return {
      ...about(trace, 'recorded', subject, 'look'),
      text,
      next: 'Read the record around this moment.',
    };
  }
  return harm.hurt && !text.includes('lost nothing')
    ? { ...about(trace, 'fault-not-absorbed', subject, 'act'), text, next: mendFor(fault) }
    : { ...about(trace, 'fault-without-effect', subject, 'look'), text, next: askWhether };
}

const askWhether =
  'See whether the load goes through the target; if it does, the fault may be too weak or too short.';

function faultFindings(
  trace: ExperimentTrace,
  { fault, outcome, by, calls }: Absorption,
  harm: Harm,
): Finding[] {
  const name = faultName(fault);
  const { label, observed } = fault;
  const findings: Finding[] = [];
  if (fault.undone?.ok === false) {
    const detail = fault.undone.detail === undefined ? '' : `: ${fault.undone.detail}`;
    findings.push({
      ...about(trace, 'undo-failed', name, 'act'),
      text: `The undo of ${name} failed${detail}. What ran afterwards may have run on a broken system.`,
      next: `Restore ${label.target} by hand and run the experiment again.`,
    });
  }
  if (observed !== undefined && !observed.bites) {
    findings.push({
      ...about(trace, 'fault-not-observed', name, 'act'),
      text: `${notObserved(fault, observed)} The run says nothing about this fault.`,
      next: 'Check its target and its strength.',
    });
  } else if (trace.recordedFindings.some((text) => text.includes(name))) {
    return findings;
  } else if (outcome === 'not-absorbed' && calls?.calls === 0 && !isSpike(fault)) {
    findings.push({
      ...about(trace, 'fault-without-effect', name, 'look'),
      text: `${capital(name)} met no call: none went that way while it was on.`,
      next: askWhether,
    });
  } else if (outcome === 'not-absorbed' && calls?.failed === 0 && !isSpike(fault)) {
    // Calls that went well all the same had nothing to be absorbed.
    return findings;
  } else if (outcome === 'not-absorbed' && harm.hurt) {
    findings.push({
      ...about(trace, 'fault-not-absorbed', name, 'act'),
      text: `Nothing absorbed ${name}: no policy on its path spoke, and ${harm.words}.`,
      next: mendFor(fault),
    });
  } else if (outcome === 'not-absorbed') {
    findings.push({
      ...about(trace, 'fault-without-effect', name, 'look'),
      text: `${capital(name)} had no effect that could be seen: ${harm.words}, and no policy on its path spoke.`,
      next: askWhether,
    });
  } else if (outcome === 'contained' && harm.hurt) {
    const policies = [...new Set(by.map((part) => part.policy))].join(', ');
    findings.push({
      ...about(trace, 'fault-not-answered', name, 'look'),
      text: `${capital(name)} was contained (${policies}), but nothing answered in its place: ${harm.words}.`,
      next: 'Is there an answer that is better than an error: an older value, a smaller one, a word to the user?',
    });
  }
  return findings;
}

function notObserved(fault: FaultWindow, { measure, before, during }: FaultObservation): string {
  const name = capital(faultName(fault));
  return fault.injected
    ? `${name} was not seen to bite: ${measure} was ${before} before and ${during} during.`
    : `${name} did not begin: ${during}.`;
}

function isSpike({ label }: FaultWindow): boolean {
  return label.target.trim() === 'load';
}

function mendFor(fault: FaultWindow): string {
  const { label } = fault;
  if (isSpike(fault)) return 'Bound what the way in takes: a bulkhead or load shedding.';
  const callee = label.target.split(/->|→/).at(-1)?.trim() ?? label.target;
  return label.fault === 'lost-reply'
    ? `Send an idempotency key with the calls to ${callee}, repeat those without a reply, and play the reply back.`
    : `Put a pipeline around the calls to ${callee}: fallback, time-out, circuit breaker.`;
}

function amplified({ trace, amplification }: ExperimentEvidence): Finding[] {
  return amplification.flatMap((entry) => {
    const during = attemptsPerCall(entry.fault);
    const before = attemptsPerCall(entry.before) ?? 1;
    if (during === undefined || during <= amplificationMax * Math.max(1, before)) return [];
    const place = placeName(entry);
    return [
      {
        ...about(trace, 'retry-amplification', place, 'act'),
        text: `${place} made ${showTimes(during)} as many attempts as it was asked for while the fault was on (${showCount(entry.fault.attempts)} for ${plural(entry.fault.calls, 'call')}).`,
        next: 'Give its retries a budget of 10 %, or let the circuit breaker stand inside them.',
      },
    ];
  });
}

function notRecovered({ trace, breakers }: ExperimentEvidence): Finding[] {
  return breakers.flatMap(({ service, pipeline, bands }) => {
    const last = bands.at(-1);
    if (last === undefined || (last.state !== 'open' && last.state !== 'half-open')) return [];
    const place = placeName({ service, pipeline });
    return [
      {
        ...about(trace, 'breaker-not-recovered', place, 'look'),
        text: `The circuit-breaker ${place} was still ${last.state} when the experiment ended, ${showDuration(last.to - last.from)} after it became so.`,
        next: 'Watch longer after the fault than the breaker stays open, so that its recovery is seen.',
      },
    ];
  });
}

function notSteadyAgain({ trace, steadyAgain, watchedMs }: ExperimentEvidence): Finding[] {
  if (steadyAgain !== false) return [];
  return [
    {
      ...about(trace, 'not-steady-again', '', 'act'),
      text: `The system was not steady again within ${showDuration(watchedMs ?? 0)} of the last fault's end.`,
      next: 'Find what keeps it down once the cause is gone: queues of late work, retries, a restart that waits.',
    },
  ];
}

function about(trace: ExperimentTrace, kind: Finding['kind'], subject: string, weight: Finding['weight']) {
  return { id: [kind, trace.experiment, subject].join(' / '), kind, weight, experiment: trace.experiment };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
