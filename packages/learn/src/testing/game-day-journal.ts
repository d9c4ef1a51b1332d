/**
 * The journal of a Game Day that never was: a small model of a shop, run with a seeded random, so that tests and pictures
 * have a record with the shapes of a real one. The same seed gives the same records, byte for byte.
 */

import type { RunRecord, RunRecordBody, Verdict } from '@seaworthy/break/journal';
import { calm, type Mode, type Scene, scenes, type Speaker } from './game-day-scenes.ts';
import { createModelLoad, type ModelLoad } from './model-load.ts';

const baseRate = 120;
const beforeMs = 4_000;
const faultMs = 8_000;
const afterMs = 6_000;
const startedAt = Date.UTC(2026, 10, 24, 10, 0, 0);

/** The records of the model's Game Day, about three minutes of it. */
export function gameDayJournal(mode: Mode, seed = 7): RunRecord[] {
  const records: RunRecord[] = [];
  const random = seededRandom(seed);
  let now = startedAt;
  const say = (body: RunRecordBody, at = now) => records.push({ at, ...body });

  say({
    kind: 'run.started',
    version: 1,
    runId: `2026-11-24T10-00-00-${mode}`,
    title: 'The shop keeps selling',
    system: 'shop',
    mode,
    seed,
    experiments: scenes.map((scene) => scene.title),
    host: { platform: 'linux x64', node: '24.21.0', cores: 2 },
  });
  for (const service of [
    'gateway',
    'catalog',
    'inventory',
    'payment',
    'shipping',
    'recommendations',
    'orders',
  ]) {
    say({ kind: 'service', service, state: 'starting', pid: undefined, detail: undefined });
    now += 90;
    say({ kind: 'service', service, state: 'ready', pid: 4_000 + records.length, detail: undefined });
  }
  now += 500;
  const verdicts = scenes.map((scene, index) => {
    const verdict = play(scene, index, { mode, random, from: now, records });
    now = (records.at(-1)?.at ?? now) + 700;
    return verdict;
  });
  records.sort((one, other) => one.at - other.at);
  const verdict: Verdict = verdicts.every((one) => one === 'held') ? 'held' : 'failed';
  say({ kind: 'run.ended', verdict, exitCode: verdict === 'held' ? 0 : 1 });
  return records;
}

interface Stage {
  readonly mode: Mode;
  readonly random: () => number;
  readonly from: number;
  readonly records: RunRecord[];
}

function play(scene: Scene, index: number, { mode, random, from, records }: Stage): Verdict {
  const experiment = scene.title;
  const faultAt = from + beforeMs;
  const endAt = faultAt + faultMs;
  const lastAt = endAt + afterMs;
  const say = (at: number, body: RunRecordBody) => records.push({ at: Math.round(at), ...body });
  const steadyState = ['GET /products answers 200, p99 < 300 ms'];
  say(from, {
    kind: 'experiment.started',
    experiment,
    description: scene.description,
    file: `experiments/${String(index + 1).padStart(2, '0')}.yaml`,
    steadyState,
    expectations: scene.expectations,
  });
  say(from, { kind: 'phase', experiment, phase: 'before' });
  say(faultAt, { kind: 'phase', experiment, phase: 'fault' });
  say(endAt, { kind: 'phase', experiment, phase: 'after' });
  say(lastAt, { kind: 'phase', experiment, phase: 'done' });

  const labels = scene.faults.map((fault, number) => ({ id: `e${index + 1}-f${number + 1}`, ...fault }));
  for (const fault of labels) {
    say(faultAt, { kind: 'fault.injecting', experiment, fault });
    say(faultAt + 15, { kind: 'fault.injected', experiment, fault });
    const [measure, before, during] = scene.measure;
    say(faultAt + 400, { kind: 'fault.observed', experiment, fault, measure, before, during, bites: true });
    say(endAt, { kind: 'fault.undone', experiment, fault, ok: true, detail: undefined });
    if (fault.fault !== 'kill') continue;
    const service = fault.target;
    say(faultAt + 12, { kind: 'service', service, state: 'exited', pid: 4_007, detail: 'SIGKILL' });
    say(endAt - 300, { kind: 'service', service, state: 'starting', pid: undefined, detail: undefined });
    say(endAt - 40, { kind: 'service', service, state: 'ready', pid: 4_300 + index, detail: undefined });
  }
  const tailMs = mode === 'naive' ? scene.naiveTailMs : 0;
  const load = createModelLoad({
    random,
    from,
    to: lastAt,
    faultAt,
    endAt,
    rate: (at) => baseRate * (at >= faultAt && at < endAt ? (scene.rateTimes ?? 1) : 1),
    system: (at) => (at >= faultAt && at < endAt + tailMs ? scene.during[mode] : calm),
  });
  for (const { at, sample } of load.samples) say(at, { kind: 'load', experiment, sample });
  if (mode === 'protected') {
    for (const speaker of scene.speakers) {
      const spike = scene.rateTimes !== undefined;
      speak(speaker, load, { random, faultAt, endAt, spike, say });
    }
  }
  probe(scene, mode, tailMs, { from, faultAt, endAt, lastAt, say });
  const outcomes = scene.expectations.map((expected, number) => {
    const held = mode === 'protected' || number > 2;
    const seen = held ? seenHeld[number] : seenFailed[number];
    say(lastAt + 20, { kind: 'expectation', experiment, expected, held, seen: seen ?? 'as expected' });
    return held;
  });
  const verdict: Verdict = outcomes.every(Boolean) ? 'held' : 'failed';
  say(lastAt + 30, { kind: 'experiment.ended', experiment, verdict });
  return verdict;
}

const seenHeld = ['99.8 %', 'after 0.9 s', '1 204 times', '0.8 s', '1 of 1'];
const seenFailed = ['41 %', 'the event never came', 'not within 6 s', '9.2 s', '3 of 1'];

type Say = (at: number, body: RunRecordBody) => void;

/** What the policies around the hurt call say: time-outs, the breaker, fallbacks, and counts of calls. */
function speak(
  { caller, pipeline }: Speaker,
  load: ModelLoad,
  {
    random,
    faultAt,
    endAt,
    spike,
    say,
  }: { random: () => number; faultAt: number; endAt: number; spike: boolean; say: Say },
): void {
  const event = (at: number, type: string, details: Record<string, unknown> = {}) =>
    say(at, { kind: 'policy', service: caller, event: { type, pipeline, ...details } });
  const openAt = faultAt + 700 + random() * 500;
  if (!spike) {
    event(openAt, 'circuit-breaker.opened', {
      from: 'closed',
      openForMs: 3_000,
      because: 'failure rate 62 % of 24 calls in 10 s',
    });
    for (let at = openAt + 3_000; at < endAt + 3_200; at += 3_050) {
      event(at, 'circuit-breaker.half-opened', { from: 'open' });
      const well = at > endAt;
      if (well) event(at + 60, 'circuit-breaker.closed', { from: 'half-open' });
      else
        event(at + 50, 'circuit-breaker.opened', {
          from: 'half-open',
          openForMs: 3_000,
          because: 'a probe failed',
        });
    }
  }
  for (const { at, sample } of load.samples) {
    const on = at >= faultAt && at < endAt + 300;
    const calls = sample.due;
    const early = on && at < openAt;
    event(at, 'calls.counted', {
      succeeded: calls,
      failed: 0,
      cancelled: 0,
      attempts: !spike && on ? Math.round(calls * (early ? 1.08 : 0.1)) : calls,
    });
    if (!on) continue;
    const times = spike ? sample.bad : sample.due;
    for (let number = 0; number < times; number += 1) {
      const moment = at - random() * sample.intervalMs;
      if (spike) {
        event(moment, 'load-shed.rejected', { because: 'concurrency', criticality: 'sheddable' });
        continue;
      }
      if (moment < openAt) event(moment, 'timeout.expired', { afterMs: 300 });
      else event(moment, 'circuit-breaker.rejected', { state: 'open', retryAfterMs: 1_000 });
      event(moment + 1, 'fallback.answered', {
        error: { name: 'SeaworthyError', message: 'The circuit is open.' },
      });
    }
  }
}

function probe(
  { title }: Scene,
  mode: Mode,
  tailMs: number,
  times: { from: number; faultAt: number; endAt: number; lastAt: number; say: Say },
): void {
  for (let at = times.from + 200; at < times.lastAt; at += 1_000) {
    const hurt = mode === 'naive' && at >= times.faultAt && at < times.endAt + tailMs;
    const during = at < times.endAt ? 'fault' : 'after';
    times.say(at, {
      kind: 'probe',
      experiment: title,
      phase: at < times.faultAt ? 'before' : during,
      probe: 'GET /products answers 200, p99 < 300 ms',
      held: !hurt,
      seen: hurt ? 'time-out after 2 s' : '200 in 9 ms',
      durationMs: hurt ? 2_000 : 9,
    });
  }
}

/** A small, fast generator of even quality (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
