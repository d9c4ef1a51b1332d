/**
 * The open-model load: requests are sent on schedule whatever the answers do, as by people who know nothing of each
 * other. A closed loop, which waits for an answer before it asks again, goes quiet just when the system is slow.
 */
import type { Clock, Timer, Timers } from '@seaworthy/protect';
import type { LoadDefinition } from '../experiment/model.ts';
import type { LoadHandle } from '../faults/fault.ts';
import type { LoadPeriod, LoadSample } from '../journal/record.ts';
import type { Variables } from '../variables.ts';
import { arrivals } from './arrivals.ts';
import { LoadError } from './errors.ts';
import { type HttpClient, httpClient, type Outcome } from './http-client.ts';
import { type HttpRequest, type PreparedRequest, prepareRequest } from './prepare-request.ts';
import { RecentCount } from './recent-count.ts';
import { seededRandom } from './seeded-random.ts';
import { type LoadTotals, Tally } from './tally.ts';
import { weightedChoice } from './weighted-choice.ts';

export interface LoadOptions {
  /** What `${name}` in a request stands for, such as the addresses of the services. */
  readonly variables: Variables;
  /** The same seed gives the same schedule and the same choice of requests. */
  readonly seed: number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Called every 250 ms, and once more at the end. */
  readonly onSample: (sample: LoadSample) => void;
  /** Requests in flight at a time, 2,000 by default; one that is due beyond them counts as bad and is not sent. */
  readonly inFlightMax?: number;
  /** What sends the requests; by default a client of its own, over HTTP. */
  readonly client?: HttpClient;
}

/** A load that runs. */
export interface RunningLoad extends LoadHandle {
  /** What it has done so far. */
  readonly totals: LoadTotals;
  /**
   * Requests that fall due from now on, or from `atMs` on the load's clock, belong to this period of the experiment; at
   * first it is `before`.
   */
  mark(period: LoadPeriod, atMs?: number): void;
  /**
   * Ends the load and waits for the requests in flight, which takes at most their time limit; `atOnce` gives them up
   * instead. May be called more than once.
   */
  stop(how?: { readonly atOnce?: boolean }): Promise<LoadTotals>;
}

const sampleEveryMs = 250;
/**
 * Native timers are exact to a millisecond, so a request may go out this much before it is due; its latency then
 * counts from when it was sent. Sending it late instead would charge the generator's own wait to the system.
 */
const earlyMsMax = 1;
const requestsPerSecondMax = 100_000;
/** Sets the random numbers that choose requests apart from those that space them. */
const choiceSeed = 0x9e3779b9;

/**
 * Starts a load.
 *
 * @throws LoadError for a definition that cannot be sent
 * @throws VariableError for a variable without value
 * @example
 * const load = startLoad(definition, { variables, seed: 1, clock, timers, onSample: (sample) => show(sample) });
 * load.setRate(500);
 * const { due, good, bad } = await load.stop();
 */
export function startLoad(definition: LoadDefinition, options: LoadOptions): RunningLoad {
  const { clock, timers, inFlightMax = 2_000, client = httpClient(timers) } = options;
  const choose = weightedChoice(
    checkLoad(definition, options.variables),
    seededRandom(options.seed ^ choiceSeed),
  );
  const startMs = clock.now();
  const schedule = arrivals({
    ratePerSecond: definition.ratePerSecond,
    spacing: definition.spacing ?? 'poisson',
    random: seededRandom(options.seed),
    startMs,
  });
  const tally = new Tally();
  const sent = new RecentCount();
  /** How each request in flight is given up. */
  const inFlight = new Set<() => void>();
  let { ratePerSecond } = definition;
  let number = 0;
  let period: { readonly name: LoadPeriod; readonly sinceMs: number } = { name: 'before', sinceMs: startMs };
  let lastPeriod = period;
  let pumpTimer: Timer | undefined;
  let sampledMs = startMs;
  let sampleDueMs = startMs + sampleEveryMs;
  let sampleTimer = timers.set(onSampleDue, sampleEveryMs);
  let stopped: Promise<LoadTotals> | undefined;
  let onIdle: (() => void) | undefined;

  /** Sends everything that is due, and sleeps until the next request is. */
  function pump(): void {
    const nowMs = clock.now();
    while (schedule.nextMs <= nowMs + earlyMsMax) {
      send(schedule.nextMs);
      schedule.advance();
    }
    if (schedule.nextMs === Number.POSITIVE_INFINITY) return;
    pumpTimer = timers.set(pump, Math.max(1, Math.floor(schedule.nextMs - clock.now())));
  }

  function send(dueMs: number): void {
    const nowMs = clock.now();
    const request = choose();
    const duePeriod = (dueMs < period.sinceMs ? lastPeriod : period).name;
    const fromMs = Math.min(dueMs, nowMs);
    const leftMs = fromMs + definition.timeoutMs - nowMs;
    number++;
    tally.due(request.name, duePeriod);
    tally.lag(nowMs - fromMs);
    const refuse = (reason: string) => tally.ended(request.name, duePeriod, { kind: 'bad', reason });
    if (leftMs <= 0) return refuse('generator too late');
    if (inFlight.size >= inFlightMax) return refuse('too many in flight');
    const made = tryMake(request, number);
    if (made === undefined) return refuse('request cannot be made');

    sent.add(nowMs);
    const giveUp = client.send(made, leftMs, (outcome) => {
      inFlight.delete(giveUp);
      tally.ended(request.name, duePeriod, judge(request, outcome, clock.now() - fromMs));
      if (inFlight.size === 0) onIdle?.();
    });
    inFlight.add(giveUp);
  }

  function onSampleDue(): void {
    tally.lag(Math.max(0, clock.now() - sampleDueMs));
    emitSample();
    // Timers may fire a millisecond early; a sample of one millisecond more would say nothing.
    do sampleDueMs += sampleEveryMs;
    while (sampleDueMs <= clock.now());
    sampleTimer = timers.set(onSampleDue, sampleDueMs - clock.now());
  }

  function emitSample(): void {
    const nowMs = clock.now();
    options.onSample(tally.sample(nowMs - sampledMs, inFlight.size));
    sampledMs = nowMs;
  }

  async function end(): Promise<LoadTotals> {
    pumpTimer?.cancel();
    if (inFlight.size > 0) {
      await new Promise<void>((resolve) => {
        onIdle = resolve;
      });
    }
    sampleTimer.cancel();
    emitSample();
    client.close();
    return tally.totals;
  }

  function abandon(): void {
    for (const giveUp of inFlight) {
      giveUp();
      tally.abandoned();
    }
    inFlight.clear();
    onIdle?.();
  }

  pump();
  return {
    get ratePerSecond() {
      return ratePerSecond;
    },
    get totals() {
      return tally.totals;
    },
    setRate(rate) {
      checkRate(rate);
      ratePerSecond = rate;
      if (stopped !== undefined) return;
      schedule.setRate(rate, clock.now());
      pumpTimer?.cancel();
      pump();
    },
    sentPerSecond: () => sent.perSecond(clock.now()),
    mark(name, atMs = clock.now()) {
      if (name === period.name) return;
      lastPeriod = period;
      period = { name, sinceMs: atMs };
    },
    stop({ atOnce = false } = {}) {
      stopped ??= end();
      if (atOnce) abandon();
      return stopped;
    },
  };
}

function judge(request: PreparedRequest, outcome: Outcome, latencyMs: number) {
  if (outcome.kind === 'timed-out') return { kind: 'timed-out', latencyMs } as const;
  if (outcome.kind === 'failed') return { kind: 'bad', reason: outcome.reason } as const;
  if (request.isGood(outcome.status)) return { kind: 'good', latencyMs } as const;
  return { kind: 'bad', reason: `status ${outcome.status}` } as const;
}

/** A number or UUID may make a URL that is none, such as a port above 65535. */
function tryMake(request: PreparedRequest, number: number): HttpRequest | undefined {
  try {
    return request.make(number);
  } catch {
    return undefined;
  }
}

/**
 * Reads the requests of a load.
 *
 * @throws LoadError for a definition that cannot be sent
 * @throws VariableError for a variable without value
 */
export function checkLoad(definition: LoadDefinition, variables: Variables): PreparedRequest[] {
  const { ratePerSecond, timeoutMs, requests } = definition;
  checkRate(ratePerSecond);
  if (!(timeoutMs > 0 && Number.isFinite(timeoutMs))) {
    throw new LoadError(`Expected the load's time limit to be above 0 ms, got ${timeoutMs} ms.`);
  }
  const weights = requests.map((request) => request.weight);
  if (
    !weights.every((weight) => weight >= 0 && Number.isFinite(weight)) ||
    !weights.some((weight) => weight > 0)
  ) {
    throw new LoadError(
      'Expected the load to have a request whose weight is above 0, and no negative weight.',
    );
  }
  return requests.map((request) => prepareRequest(request, variables));
}

/** @throws LoadError for a rate that cannot be sent */
export function checkRate(ratePerSecond: number): void {
  if (ratePerSecond >= 0 && ratePerSecond <= requestsPerSecondMax) return;
  throw new LoadError(
    `Expected the rate to be from 0 to ${requestsPerSecondMax} requests per second, got ${ratePerSecond}.`,
  );
}
