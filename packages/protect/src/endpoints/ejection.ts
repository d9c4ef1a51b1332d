/**
 * Which server is an outlier, judged by the calls to it, and for how long it gets none.
 *
 * After Envoy's outlier detection: the time is the base time multiplied by how often in a row the server was ejected,
 * up to a longest one, and only so large a share may be ejected at a time, but always one of several. Envoy compares a
 * server's success rate with the mean less 1.9 standard deviations of all, by which none of fewer than five can ever be
 * found; here it is compared with the rate of all others together, which serves from two on.
 *
 * Source: https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier
 */
import type { LiveEndpoint } from './endpoint.ts';
import type { OutcomeWindow } from './outcome-window.ts';

/** When a server is ejected, checked and in milliseconds. */
export interface EjectionRules {
  readonly consecutiveFailures: number;
  readonly failureRateAbove: number;
  readonly windowMs: number;
  readonly minimumCalls: number;
  readonly baseMs: number;
  readonly baseMsMax: number;
  readonly shareMax: number;
}

/** Why a server is ejected. */
export type EjectionReason = 'consecutive-failures' | 'failure-rate';

/** Why `endpoint`, of which a call just failed, is an outlier; `undefined` when it is none. `all` counts all servers' calls. */
export function outlierBecause(
  { consecutiveFailures, outcomes }: LiveEndpoint,
  all: OutcomeWindow,
  rules: EjectionRules,
): EjectionReason | undefined {
  if (consecutiveFailures >= rules.consecutiveFailures) return 'consecutive-failures';
  const othersCalls = all.calls - outcomes.calls;
  if (outcomes.calls < rules.minimumCalls || othersCalls < rules.minimumCalls) return undefined;
  const othersRate = (all.failures - outcomes.failures) / othersCalls;
  // The bound in what is compared must not turn on the last digit of a fraction.
  const above = outcomes.failures / outcomes.calls - othersRate;
  return above >= rules.failureRateAbove - 1e-9 ? 'failure-rate' : undefined;
}

/** How many of `known` servers may be ejected at a time: never all. */
export function ejectedMax(known: number, { shareMax }: EjectionRules): number {
  return Math.min(known - 1, Math.max(1, Math.floor(known * shareMax)));
}

/** How often in a row the server is ejected when that happens now: once less for each base time that it has been back. */
export function timesEjected(
  { ejections, ejectedUntil }: LiveEndpoint,
  now: number,
  rules: EjectionRules,
): number {
  return Math.max(0, ejections - Math.floor((now - ejectedUntil) / rules.baseMs)) + 1;
}

/** For how long it then gets no calls. */
export function ejectionMs(times: number, { baseMs, baseMsMax }: EjectionRules): number {
  return Math.min(baseMs * times, baseMsMax);
}
