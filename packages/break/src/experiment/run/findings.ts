/** What an experiment shows beyond its hypotheses: faults on whose path no policy said anything. */
import type { RunRecord } from '../../journal/record.ts';
import type { SystemDefinition } from '../model.ts';
import { countCalls } from './judge-retry-load.ts';
import { addUp, type LoadFigures, valueOf } from './load-figures.ts';
import { showCount, showShare } from './show.ts';
import { type FaultTrace, spanOf, type Trace, traceOf } from './trace.ts';

/** Work that a fault hit is still under way when it ends; its policies have so long to say so. */
const afterglowMs = 1_000;
/** Losing less than this share of the requests counts as no harm. */
const harmlessShare = 0.01;

/** The findings of one experiment, as people read them. */
export function findingsOf(system: SystemDefinition, records: readonly RunRecord[]): string[] {
  const trace = traceOf(records);
  const harm = harmOf(trace);
  return trace.faults
    .filter(({ injectedAt }) => injectedAt !== undefined)
    .flatMap((fault) => {
      const path = pathOf(fault, system);
      if (path === undefined) return spikeFinding(fault, trace, harm);
      return path.callers.flatMap((caller) => silentCaller(fault, { ...path, caller }, trace, harm));
    });
}

/** Who calls what a fault hits; `undefined` for a fault of the load, which hits everyone. */
function pathOf(
  { label }: FaultTrace,
  system: SystemDefinition,
): { readonly callers: readonly string[]; readonly callee: string } | undefined {
  const [from, to] = label.target.split(' -> ');
  if (from !== undefined && to !== undefined) return { callers: [from], callee: to };
  const { services } = system;
  if (!services.some(({ name }) => name === label.target)) return undefined;
  const callers = services.filter(({ calls }) => calls.includes(label.target)).map(({ name }) => name);
  return { callers, callee: label.target };
}

function silentCaller(
  fault: FaultTrace,
  { caller, callee }: { readonly caller: string; readonly callee: string },
  trace: Trace,
  harm: LoadFigures | undefined,
): string[] {
  const spoke = policiesDuring(fault, trace).some(
    ({ service, event }) => service === caller && isNamedAfter(event.pipeline, callee),
  );
  if (spoke) return [];
  const name = `${fault.label.fault} of ${fault.label.target}`;
  const { calls, failed } = countCalls(
    trace,
    (service, pipeline) => service === caller && isNamedAfter(pipeline, callee),
    [fault],
  );
  const silence = `Nothing in ${caller} absorbed ${name}: no policy there said anything about ${callee}`;
  if (failed > 0) return [`${silence}, while ${showCount(failed)} of ${showCount(calls)} calls failed.`];
  if (harm !== undefined) return [`${silence}, while the load lost ${showHarm(harm)}.`];
  // Calls that went well had nothing to be absorbed.
  if (calls > 0) return [];
  return [`${silence}. The load lost nothing either: it may never have needed ${callee} in this time.`];
}

function spikeFinding(fault: FaultTrace, trace: Trace, harm: LoadFigures | undefined): string[] {
  const refused = policiesDuring(fault, trace).some(({ event }) => event.type.endsWith('.rejected'));
  if (refused || harm === undefined) return [];
  const name = `${fault.label.fault} of ${fault.label.target}`;
  return [
    `Nothing absorbed ${name}: no limit, bulkhead or shedder refused work, while the load lost ${showHarm(harm)}.`,
  ];
}

/** What policies said while a fault was on; counts, and faults that tell of themselves, are no policy's answer. */
function policiesDuring(fault: FaultTrace, trace: Trace): Trace['policies'] {
  const { from, to } = spanOf(fault, trace);
  return trace.policies.filter(
    ({ at, event }) => at >= from && at <= to + afterglowMs && !/^(calls?|inject|events)\./.test(event.type),
  );
}

function harmOf(trace: Trace): LoadFigures | undefined {
  const parts = trace.samples.flatMap(({ sample }) => sample.requests);
  const before =
    valueOf(
      'success-rate',
      addUp(
        parts.filter(({ period }) => period === 'before'),
        0,
      ),
    ) ?? 1;
  const during = addUp(
    parts.filter(({ period }) => period === 'fault'),
    0,
  );
  return (valueOf('success-rate', during) ?? 1) < before - harmlessShare ? during : undefined;
}

function showHarm({ good, bad }: LoadFigures): string {
  return `${showCount(bad)} of ${showCount(good + bad)} requests (${showShare(bad / (good + bad))})`;
}

/** Whether a pipeline is named after a service: `inventory`, `inventory-read` and `readInventory` are. */
function isNamedAfter(pipeline: string, service: string): boolean {
  return ` ${words(pipeline)} `.includes(` ${words(service)} `);
}

function words(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
