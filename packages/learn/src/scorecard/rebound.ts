import { type BeforeLevel, lastFaultEnd, servedOver } from '../analysis/goodput.ts';
import { binLoad, lengthOf, type LoadBin } from '../analysis/load-bins.ts';
import type { ExperimentTrace, ProbeReading } from '../analysis/run.ts';
import { measured, type Measured, notMeasured } from './measured.ts';

/** How long until the system was steady again and stayed so. */
export interface Rebound {
  /** From the last fault's end; undefined where it was not steady again within the watched time. */
  readonly ms: number | undefined;
  /** How long the system was watched after the last fault's end. */
  readonly watchedMs: number;
  /** Requests that the level before would have served, and that were lost after the fault had ended. */
  readonly lost: number;
}

/** Of what ends, at least this share of what was wanted must be good. */
const steadyShare = 0.95;
/** Of what is wanted, at least this share must end; less is a stall, more is a hiccup that the next moment makes up for. */
const endedShare = 0.75;

/** So many requests at least make a window; with fewer, a single one would tip it. */
const windowRequests = 40;
const windowMsMin = 1_000;
const windowMsMax = 5_000;
const stepMs = 250;

/**
 * Rebound of one experiment: the first time after the last fault's end from which on, until the watch ended,
 *
 * - in every window at least 95 % of what was wanted (the level before, or what ended where that was less) ended well, and
 *   no more than a quarter of what was wanted (the level before, or what was due where that was less) is kept waiting, and
 * - every probe that was asked after the fault's end held.
 *
 * Windows are a second long, longer where the load is so low that a second has fewer than 40 requests, and slide by
 * 250 ms, which is thus the resolution. The criterion is the settling time of control engineering, with a band of 5 %;
 * "and stays so" reaches to the end of the watched time and no further.
 */
export function rebound(trace: ExperimentTrace, level: BeforeLevel | undefined): Measured<Rebound> {
  const end = lastFaultEnd(trace);
  if (end === undefined) return notMeasured('no fault was injected', 'let the run reach its first fault');
  if (trace.faults.some((fault) => fault.injected && fault.undone?.ok !== true)) {
    return notMeasured('the record has no end of the fault', 'see why a fault was not undone');
  }
  if (level === undefined) {
    return notMeasured(
      'there is no goodput before the fault to compare with',
      'give the experiment a load that begins before the first fault',
    );
  }
  const watched = { from: end, to: trace.samples.at(-1)?.to ?? end };
  const watchedMs = watched.to - watched.from;
  const windowMs = Math.min(
    windowMsMax,
    Math.max(windowMsMin, Math.ceil(((windowRequests / level.duePerSecond) * 1000) / stepMs) * stepMs),
  );
  if (watchedMs < windowMs) {
    return notMeasured(
      `the load ended ${Math.max(0, Math.round(watchedMs))} ms after the fault`,
      'let the load run for some seconds after the last fault',
    );
  }
  const bins = binLoad(trace.samples, watched, stepMs).filter((bin) => bin.to - bin.from > stepMs - 1);
  const perWindow = Math.max(1, Math.round(windowMs / stepMs));
  let steadyFrom = 0;
  for (let index = 0; index + perWindow <= bins.length; index += 1) {
    if (!isSteady(bins.slice(index, index + perWindow), level)) steadyFrom = index + 1;
  }
  const lastWindow = bins.length - perWindow;
  const goodputMs = steadyFrom > lastWindow ? undefined : steadyFrom * stepMs;
  const probesMs = probesSteadyAfter(trace, end);
  const { wanted, served } = servedOver(trace, level, [watched]);
  return measured({
    ms: goodputMs === undefined || probesMs === undefined ? undefined : Math.max(goodputMs, probesMs),
    watchedMs,
    lost: wanted - served,
  });
}

/** From the fault's end to the first reading after which no probe failed again; undefined where the last ones fail. */
function probesSteadyAfter(trace: ExperimentTrace, end: number): number | undefined {
  const byProbe = Map.groupBy(
    // What was asked while the fault was on tells of the fault; what is asked once at the end is a hypothesis.
    trace.probes.filter((reading) => reading.phase === 'after' && askedAt(reading) >= end),
    (reading) => reading.probe,
  );
  let latest = 0;
  for (const readings of byProbe.values()) {
    const lastFailure = readings.findLastIndex((reading) => !reading.held);
    if (lastFailure < 0) continue;
    const next = readings[lastFailure + 1];
    if (next === undefined) return undefined;
    latest = Math.max(latest, askedAt(next) - end);
  }
  return latest;
}

function askedAt(reading: ProbeReading): number {
  return reading.at - reading.durationMs;
}

/** Judges a window as a whole: within it answers may come unevenly. */
function isSteady(window: readonly LoadBin[], level: BeforeLevel): boolean {
  const sum = (key: 'due' | 'good' | 'bad') => window.reduce((total, bin) => total + bin[key], 0);
  const seconds = window.reduce((total, bin) => total + lengthOf(bin), 0) / 1000;
  const ended = sum('good') + sum('bad');
  const usual = level.goodPerSecond * seconds;
  return (
    sum('good') >= steadyShare * Math.min(usual, ended) && ended >= endedShare * Math.min(usual, sum('due'))
  );
}
