/** Workers behind a door, under virtual time. */
import { seededRandom } from '@seaworthy/protect/testing';
import { type Candidate, Request } from './candidates.ts';
import { EventHeap } from './event-heap.ts';

export interface World {
  readonly workers: number;
  readonly serviceMs: number;
  readonly seed: number;
}

/** What became of the requests that came in one phase. */
interface Phase {
  /** Those answered in time, as a share of those that the workers could have answered. */
  readonly goodput: number;
  /** The same of the most critical, as a share of all of them. */
  readonly goodputCritical: number;
  /** The share that was turned away. */
  readonly refused: number;
  /** Of those served. */
  readonly p99Ms: number;
}

export interface Result {
  readonly calm: Phase;
  /** Three times the arrivals for a fifth of a second, every two seconds. */
  readonly bursts: Phase;
  readonly spike: Phase;
  readonly brownOut: Phase;
  /** From the end of the brown-out to the first of five seconds in which 95 % are answered in time. */
  readonly steadyAfterMs: number;
}

const patienceMs = 250;
const load = 0.7;
const stress = 3;
/** Arrivals and service times, as multiples of the usual. */
const phases = [
  { name: 'warm-up', ms: 30_000, arrivals: 1, service: 1 },
  { name: 'calm', ms: 30_000, arrivals: 1, service: 1 },
  { name: 'spike', ms: 30_000, arrivals: stress, service: 1 },
  { name: 'rest', ms: 60_000, arrivals: 1, service: 1 },
  { name: 'brown-out', ms: 120_000, arrivals: 1, service: stress },
  { name: 'after', ms: 60_000, arrivals: 1, service: 1 },
  { name: 'bursts', ms: 60_000, arrivals: 1, service: 1 },
] as const;
type PhaseName = (typeof phases)[number]['name'];

interface Tally {
  came: number;
  cameCritical: number;
  refused: number;
  good: number;
  goodCritical: number;
  readonly latencies: number[];
}

export function simulate(candidate: Candidate, { workers, serviceMs, seed }: World): Result {
  const random = seededRandom(1_000 * seed + workers);
  const exponential = (mean: number) => -Math.log(1 - random()) * mean;
  const door = candidate.make(workers, seed);
  const heap = new EventHeap<Request | undefined>();
  const backlog: Request[] = [];
  let first = 0;
  let free = workers;
  const tallies = phases.map(
    (): Tally => ({ came: 0, cameCritical: 0, refused: 0, good: 0, goodCritical: 0, latencies: [] }),
  );
  const seconds: { came: number; good: number }[] = [];
  const inside = new Map<Request, number>();
  let phase = 0;
  let phaseEndsAt: number = phases[0].ms;

  function serve(request: Request, now: number): void {
    if (free === 0) backlog.push(request);
    else {
      free--;
      heap.push(now + exponential(serviceMs * phases[phase]!.service), request);
    }
  }

  function arrive(now: number): void {
    heap.push(now + exponential(serviceMs / (workers * load * arrivalsAt(phase, now))), undefined);
    const request = new Request(now, priorityOf(random()));
    const tally = tallies[phase]!;
    tally.came++;
    if (request.priority === 0) tally.cameCritical++;
    (seconds[Math.floor(now / 1_000)] ??= { came: 0, good: 0 }).came++;
    const admitted = door.arrive(request, now);
    if (admitted === false) tally.refused++;
    else inside.set(request, phase);
    if (admitted === true) serve(request, now);
  }

  function end(request: Request, now: number): void {
    free++;
    const waited = backlog[first];
    if (waited !== undefined) {
      first++;
      if (first > 10_000) {
        backlog.splice(0, first);
        first = 0;
      }
      serve(waited, now);
    }
    door.leave(request, now, (next) => serve(next, now));
    const tally = tallies[inside.get(request)!]!;
    inside.delete(request);
    tally.latencies.push(now - request.since);
    if (now - request.since > patienceMs) return;
    tally.good++;
    if (request.priority === 0) tally.goodCritical++;
    seconds[Math.floor(request.since / 1_000)]!.good++;
  }

  heap.push(0, undefined);
  for (let event = heap.pop(); event !== undefined; event = heap.pop()) {
    while (event.at >= phaseEndsAt && phase < phases.length - 1) phaseEndsAt += phases[++phase]!.ms;
    if (event.value !== undefined) end(event.value, event.at);
    else if (event.at < phaseEndsAt) arrive(event.at);
  }
  // Whoever is still at the door was let go.
  for (const at of inside.values()) tallies[at]!.refused++;

  const told = (name: PhaseName): Phase => {
    const index = phases.findIndex((each) => each.name === name);
    const { came, cameCritical, refused, good, goodCritical, latencies } = tallies[index]!;
    const { ms, service } = phases[index]!;
    const possible = Math.min(came, (ms / (serviceMs * service)) * workers);
    latencies.sort((a, b) => a - b);
    return {
      goodput: good / possible,
      goodputCritical: goodCritical / cameCritical,
      refused: refused / came,
      p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    };
  };
  return {
    calm: told('calm'),
    bursts: told('bursts'),
    spike: told('spike'),
    brownOut: told('brown-out'),
    steadyAfterMs: steadyAfterMs(seconds),
  };
}

/** A fifth are CRITICAL_PLUS, half are CRITICAL, the others SHEDDABLE. */
function priorityOf(random: number): number {
  if (random < 0.2) return 0;
  return random < 0.7 ? 1 : 3;
}

function arrivalsAt(phase: number, now: number): number {
  const { name, arrivals } = phases[phase]!;
  return name === 'bursts' && now % 2_000 < 200 ? stress : arrivals;
}

function steadyAfterMs(seconds: readonly { came: number; good: number }[]): number {
  const endOf = (name: PhaseName) =>
    phases
      .slice(0, phases.findIndex((each) => each.name === name) + 1)
      .reduce((sum, { ms }) => sum + ms / 1_000, 0);
  const from = endOf('brown-out');
  for (let start = from; start + 5 <= endOf('after'); start++) {
    const five = seconds.slice(start, start + 5);
    const came = five.reduce((sum, second) => sum + second.came, 0);
    const good = five.reduce((sum, second) => sum + second.good, 0);
    if (good >= 0.95 * came) return (start - from) * 1_000;
  }
  return Infinity;
}
