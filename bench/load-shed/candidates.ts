/** The shedders that are compared: the shipped machines, each behind the same small door. */
import {
  AdaptiveLimiter,
  Aimd,
  EarlyRejection,
  EnvoyGradient,
  Gradient2,
  type LimitAlgorithm,
  LoadShedder,
  Pid,
  type ShedWaiter,
  Vegas,
} from '@seaworthy/protect/overload';
import { seededRandom } from '@seaworthy/protect/testing';

/** A request at the door. */
export class Request implements ShedWaiter {
  readonly since: number;
  readonly priority: number;
  readonly tenant = undefined;
  startedAt = 0;
  list: ShedWaiter['list'] = undefined;
  previous: ShedWaiter['previous'] = undefined;
  next: ShedWaiter['next'] = undefined;

  constructor(since: number, priority: number) {
    this.since = since;
    this.priority = priority;
  }
}

/** A door, for the simulation. */
interface Door {
  /** A request comes; true lets it in, false refuses it, `undefined` has it wait. */
  arrive(request: Request, now: number): boolean | undefined;
  /** A request that was let in is done; who waited and may go in now is handed to `admit`. */
  leave(request: Request, now: number, admit: (request: Request) => void): void;
}

export interface Candidate {
  readonly name: string;
  make(workers: number, seed: number): Door;
}

const none: Candidate = { name: 'none', make: () => ({ arrive: () => true, leave: () => {} }) };

interface CodelSettings {
  readonly targetMs: number;
  readonly intervalMs?: number;
  /** Places for each worker. */
  readonly places?: number;
  /** The longest wait. */
  readonly waitMs?: number;
  /** The shortest queue; the longest is four times the places. */
  readonly queueLeast?: number;
}

function codel({
  targetMs,
  intervalMs = 100,
  places = 1,
  queueLeast = 16,
  waitMs = 2 * intervalMs,
}: CodelSettings): Candidate {
  const extras = [
    intervalMs === 100 ? '' : `, interval ${intervalMs} ms`,
    places === 1 ? '' : `, ${places} places a worker`,
    waitMs === 2 * intervalMs ? '' : `, wait up to ${waitMs} ms`,
    queueLeast === 16 ? '' : `, queue from ${queueLeast}`,
  ];
  return {
    name: `CoDel ${targetMs} ms${extras.join('')}`,
    make(workers) {
      const concurrency = places * workers;
      const machine = new LoadShedder({
        concurrency,
        queue: Math.max(queueLeast, 4 * concurrency),
        targetMs,
        intervalMs,
        eventLoopDelayMs: undefined,
        eventLoopUtilization: undefined,
        heapShare: undefined,
      });
      const waiting = new Set<Request>();
      const endWaits = (now: number) => {
        for (const request of waiting) {
          if (now - request.since <= waitMs) break;
          waiting.delete(request);
          machine.leave(request);
        }
      };
      return {
        arrive(request, now) {
          endWaits(now);
          if (machine.tryAcquire()) return true;
          if (machine.enqueue(request) === request) return false;
          waiting.add(request);
          return undefined;
        },
        leave(_request, now, admit) {
          endWaits(now);
          const next = machine.release(now, () => {}) as Request | undefined;
          if (next === undefined) return;
          waiting.delete(next);
          admit(next);
        },
      };
    },
  };
}

function limit(
  name: string,
  most: number,
  make: (seed: number) => LimitAlgorithm,
  early?: (seed: number) => EarlyRejection,
): Candidate {
  return {
    name,
    make(_workers, seed) {
      const bounds = { initial: 20, least: 1, most, queue: 0 };
      const machine = new AdaptiveLimiter(bounds, make(seed), early?.(seed));
      return {
        arrive(request, now) {
          if (machine.rejects(request.priority, now) || !machine.tryAcquire()) return false;
          request.startedAt = now;
          return true;
        },
        leave: (request, now) => machine.release(now, request.startedAt, 'succeeded'),
      };
    },
  };
}

const vegas = (seed: number) => new Vegas(1_000, seededRandom(seed));

export const candidates: readonly Candidate[] = [
  none,
  ...[5, 10, 20, 50].map((targetMs) => codel({ targetMs })),
  codel({ targetMs: 20, intervalMs: 50 }),
  codel({ targetMs: 20, intervalMs: 200 }),
  codel({ targetMs: 20, waitMs: 100 }),
  codel({ targetMs: 20, waitMs: 1_000 }),
  codel({ targetMs: 20, queueLeast: 0 }),
  codel({ targetMs: 20, places: 2 }),
  codel({ targetMs: 20, places: 8 }),
  limit('Vegas', 1_000, vegas),
  limit('Gradient2', 200, () => new Gradient2(1_000)),
  limit('AIMD, slow from 5 s', 200, () => new Aimd(1_000, 5_000)),
  limit('AIMD, slow from 100 ms', 200, () => new Aimd(1_000, 100)),
  limit('Envoy gradient', 1_000, (seed) => new EnvoyGradient(100, 3, 60_000, seededRandom(seed))),
  limit(
    'PID on Vegas',
    1_000,
    vegas,
    (seed) => new EarlyRejection(new Pid(0.1, 1.4, 0, 0.95), 500, seededRandom(seed + 1)),
  ),
];
