/**
 * Many calls through pipelines that hold every policy, with faults that come and go, work of every kind and callers who
 * give up at any moment. What is left afterwards must be nothing.
 */
import { getEventListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type Attempt,
  createRuntime,
  type PolicyEvent,
  type Random,
  SeaworthyError,
} from '@seaworthy/protect';
import { seededRandom } from '@seaworthy/protect/testing';
import { countedTimers, settledHeapBytes } from './observed.ts';
import { shopPipelines } from './shop.ts';

export interface SoakOptions {
  readonly calls: number;
  readonly seed: number;
  /** Calls under way at the same time. Default 250. */
  readonly concurrency?: number;
  /** Hears how far it is, a tenth at a time. */
  readonly onProgress?: (calls: number, heapBytes: number) => void;
}

export interface SoakResult {
  readonly calls: number;
  /** How the calls ended: `value`, `fallback`, `caller gave up`, `work failed`, or the code of a policy's error. */
  readonly ends: Readonly<Record<string, number>>;
  /** Outcomes that no call may have, and rejections that nobody handled. */
  readonly wrong: readonly string[];
  /** How often each kind of event was heard: which policies were at work. */
  readonly events: Readonly<Record<string, number>>;
  readonly attempts: number;
  /** After each tenth, with what is not needed collected. */
  readonly heapBytes: readonly number[];
  readonly left: { readonly calls: number; readonly timers: number; readonly listeners: number };
  readonly durationMs: number;
}

class WorkError extends Error {}

export async function soak({ calls, seed, concurrency = 250, onProgress }: SoakOptions): Promise<SoakResult> {
  const random = seededRandom(seed);
  const timers = countedTimers();
  const runtime = createRuntime({ random: seededRandom(seed + 1), timers });
  const shop = shopPipelines(runtime);
  const events: Record<string, number> = {};
  const stop = runtime.events.subscribe(({ type }: PolicyEvent) => (events[type] = (events[type] ?? 0) + 1));
  const ends: Record<string, number> = {};
  const wrong: string[] = [];
  const onUnhandled = (reason: unknown) => void wrong.push(`unhandled: ${String(reason)}`);
  process.on('unhandledRejection', onUnhandled);
  const longLived = new AbortController();
  const heapBytes: number[] = [];
  const startedAt = performance.now();
  let attempts = 0;
  let begun = 0;
  let settled = 0;

  async function work(attempt: Attempt): Promise<string> {
    attempts++;
    return await shop.within.run((inner) => doWork(inner, random), {
      signal: attempt.signal,
      tenant: `tenant ${Math.floor(random() * 6)}`,
    });
  }

  async function call(): Promise<void> {
    const reason = { gaveUp: begun };
    const own = random() < 0.3 ? new AbortController() : undefined;
    const running = shop.out.run(work, {
      signal: own?.signal ?? (random() < 0.5 ? longLived.signal : undefined),
      cacheKey: random() < 0.3 ? `key ${Math.floor(random() * 200)}` : undefined,
      tenant: `tenant ${Math.floor(random() * 6)}`,
      criticality: random() < 0.5 ? 'SHEDDABLE' : undefined,
    });
    if (own !== undefined && random() < 0.5) giveUp(own, reason, random);
    const end = await running.then(endOfValue, (error) => endOfError(error, reason));
    settled++;
    if (end === undefined) wrong.push('an outcome that no call may have');
    else ends[end] = (ends[end] ?? 0) + 1;
    if (own !== undefined && getEventListeners(own.signal, 'abort').length > 0) {
      wrong.push('a listener left on the signal of a call');
    }
  }

  async function caller(until: number): Promise<void> {
    while (begun < until) {
      if (begun++ % 500 === 0) switchFaults(shop.chaos, random);
      // Without a pause, callers that are refused at once would crowd out all others.
      await wait(4 * random());
      await call();
    }
  }

  for (let tenth = 1; tenth <= 10; tenth++) {
    const until = Math.round((calls * tenth) / 10);
    await Promise.all(Array.from({ length: concurrency }, () => caller(until)));
    shop.chaos.endAll();
    // Work that was given up may still run for a moment; what is lost would be missed after any time.
    for (let i = 0; i < 50 && (shop.held() > 0 || timers.pending > 0); i++) await wait(50);
    heapBytes.push(await settledHeapBytes());
    onProgress?.(until, heapBytes.at(-1)!);
  }
  const left = {
    calls: shop.held() + (begun - settled),
    timers: timers.pending,
    listeners: getEventListeners(longLived.signal, 'abort').length,
  };
  await shop.out.close();
  await shop.within.close();
  stop();
  process.off('unhandledRejection', onUnhandled);
  return {
    calls: settled,
    ends,
    wrong,
    events,
    attempts,
    heapBytes,
    left,
    durationMs: performance.now() - startedAt,
  };
}

/** Work of every kind: quick and slow, good and bad, that listens to its signal and that does not. */
function doWork(attempt: Attempt, random: Random): string | Promise<string> {
  const kind = random();
  if (kind < 0.2) return 'plain';
  if (kind < 0.23) throw new WorkError('at once');
  const delayMs = kind > 0.97 ? 80 * random() : 3 * random();
  if (kind < 0.6) return wait(delayMs, 'late', { signal: attempt.signal });
  const ignoring = wait(delayMs, 'late, whatever is said');
  return kind > 0.93 ? ignoring.then(() => Promise.reject(new WorkError('late'))) : ignoring;
}

/** At once, in a moment, or only after the call may have ended. */
function giveUp(controller: AbortController, reason: object, random: Random): void {
  const when = random();
  if (when < 0.2) controller.abort(reason);
  else if (when < 0.4) queueMicrotask(() => controller.abort(reason));
  else void wait(10 * random()).then(() => controller.abort(reason));
}

function switchFaults(chaos: ReturnType<typeof shopPipelines>['chaos'], random: Random): void {
  chaos.endAll();
  const fault = random();
  if (fault < 0.15) chaos.begin({ id: 'slow', effect: 'latency', delay: '5ms', jitter: '60ms', rate: 0.2 });
  else if (fault < 0.25) chaos.begin({ id: 'down', effect: 'error' });
  else if (fault < 0.35) chaos.begin({ id: 'lost', effect: 'error', at: 'reply', rate: 0.5 });
  else if (fault < 0.45) chaos.begin({ id: 'odd', effect: 'result', result: 'plain', rate: 0.2 });
}

const values: readonly unknown[] = ['plain', 'late', 'late, whatever is said'];

function endOfValue(value: unknown): string | undefined {
  if (value === 'instead') return 'fallback';
  return values.includes(value) ? 'value' : undefined;
}

function endOfError(error: unknown, reason: object): string | undefined {
  if (error === reason) return 'caller gave up';
  if (error instanceof WorkError) return 'work failed';
  return SeaworthyError.is(error) ? error.code : undefined;
}
