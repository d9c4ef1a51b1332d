/**
 * Where a policy stands, seen from a fault. The journal holds no map of the system; what it tells is which service has
 * which pipeline, and pipelines are named after what they call. That is map enough, as long as the names agree.
 */

import type { FaultLabel } from '@seaworthy/break/journal';
import type { RunTrace, TimedPolicyEvent } from './run.ts';

/**
 * `named`: the event names the fault. `at-target`: the target's own policies. `in-front`: a policy around calls to the
 * target. `upstream`: a policy around calls to a service that needs the target.
 */
export type Nearness = 'named' | 'at-target' | 'in-front' | 'upstream';

/** Tells where a policy stands; undefined where it is not on the fault's path. */
export type FaultPath = (event: TimedPolicyEvent) => Nearness | undefined;

/** The path of a fault, by its target: a service, a link `from -> to`, or `load`, which goes everywhere. */
export function faultPath(label: FaultLabel, run: RunTrace): FaultPath {
  const [from, to] = label.target.split(/\s*(?:->|→)\s*/);
  if (to !== undefined && from !== undefined) {
    const hurt = callersOf(from, run);
    return ({ service, event }) => {
      if (service === from && names(event.pipeline, to)) return 'in-front';
      // The target's own policies may be the ones to act: what a slow link brings in late is late for the target too.
      if (service === to) return 'at-target';
      return isAround(hurt, service, event.pipeline) ? 'upstream' : undefined;
    };
  }
  const target = label.target.trim();
  if (target === 'load') return () => 'in-front';
  const hurt = callersOf(target, run);
  return ({ service, event }) => {
    if (names(event.pipeline, target)) return 'in-front';
    if (service === target) return 'at-target';
    return isAround(hurt, service, event.pipeline) ? 'upstream' : undefined;
  };
}

/** Whether a pipeline is named after a service: `inventory`, `inventory-read` and `callInventory` are. */
export function names(pipeline: string, service: string): boolean {
  const [whole, part] = [words(pipeline), words(service)];
  if (part.length === 0) return false;
  return whole.some((_, index) => part.every((word, offset) => whole[index + offset] === word));
}

/** A service, and whoever calls it, directly or through others: all whose callers a fault may reach. */
function callersOf(service: string, run: RunTrace): ReadonlySet<string> {
  const edges = new Map<string, TimedPolicyEvent>();
  for (const timed of run.policyEvents)
    edges.set(JSON.stringify([timed.service, timed.event.pipeline]), timed);
  const found = new Set([service]);
  for (const callee of found) {
    for (const { service: caller, event } of edges.values()) {
      // A set that grows while it is walked is walked to its end.
      if (names(event.pipeline, callee)) found.add(caller);
    }
  }
  return found;
}

function isAround(hurt: ReadonlySet<string>, service: string, pipeline: string): boolean {
  // The caller's own other pipelines are not around the target; a pipeline that names a hurt service is.
  return [...hurt].some((name) => name !== service && names(pipeline, name));
}

function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}
