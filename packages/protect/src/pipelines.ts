/**
 * One pipeline for each host, route or tenant: what is wrong with one is not held against the others. Their number is
 * bounded, and idle ones are dropped, but none that would forget what it protects from.
 */
import { type Duration, parseDuration } from './kernel/duration.ts';
import { OptionsError, PipelineClosedError } from './kernel/errors.ts';
import { knownKeys, wholeNumber } from './kernel/options.ts';
import { defaultRuntime, type Runtime } from './kernel/runtime.ts';
import { background, type Timer } from './kernel/timers.ts';

/** How many pipelines are kept, and for how long. */
export interface PipelinesOptions {
  /** Pipelines that are kept at the same time, from 1. Default 1,000. */
  readonly maxSize?: number;
  /** A pipeline that was not asked for so long is dropped. Default 10 minutes. */
  readonly idleFor?: Duration;
  /** For the clock and the timer of the housekeeping. Default: the one runtime of the process. */
  readonly runtime?: Runtime;
}

/** What can be kept by key: a pipeline, or something made of one. */
export interface Keepable {
  readonly running: number;
  readonly atRest: boolean;
  close(): Promise<void>;
}

/** Pipelines by key. */
export interface Pipelines<Kept extends Keepable> {
  /**
   * The pipeline of a key, made when it is first asked for. Ask for each call: one that was idle may have been dropped,
   * and then takes no more calls.
   *
   * @throws PipelineClosedError after {@link close}
   */
  get(key: string): Kept;
  /** The keys whose pipelines are kept, the one unused for longest first. */
  readonly keys: readonly string[];
  /** Makes no more pipelines, and closes those that there are once their calls have ended. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The key with which the pipeline for all further keys is made. */
const overflowKey = 'overflow';

/**
 * Keeps a pipeline for each key.
 *
 * A pipeline stays while calls run in it, while a limit in it is used up, and while its circuit breaker is not closed,
 * up to as long as that may be open after its open time, without a call.
 * Should all that are kept have such a reason, and no more may be kept, further keys share one pipeline, which is made
 * with the key `overflow`.
 *
 * @throws OptionsError
 * @example
 * const hosts = pipelines((host) => pipeline(`api ${host}`, [circuitBreaker(), timeout('1s')]), { maxSize: 200 });
 * await hosts.get(url.host).run(({ signal }) => fetch(url, { signal }));
 */
export function pipelines<Kept extends Keepable>(
  make: (key: string) => Kept,
  options: PipelinesOptions = {},
): Pipelines<Kept> {
  knownKeys('pipelines', options, ['maxSize', 'idleFor', 'runtime']);
  if (typeof make !== 'function') {
    throw new OptionsError('make', make, 'a function that makes the pipeline of a key');
  }
  const maxSize = wholeNumber('maxSize', options.maxSize ?? 1_000, 1);
  const idleForMs = parseDuration('idleFor', options.idleFor ?? '10m', 1);
  const { clock, timers } = options.runtime ?? defaultRuntime;
  /** A Map keeps the order of insertion; what is used is put back at its end. */
  const entries = new Map<string, { readonly kept: Kept; usedAt: number }>();
  let overflow: Kept | undefined;
  let timer: Timer | undefined;
  let closing: Promise<void> | undefined;

  /** Drops those unused since `before` that have no reason to stay, oldest first, at most `most`; tells whether it did. */
  function drop(before: number, most: number): boolean {
    let left = most;
    for (const [key, { kept, usedAt }] of entries) {
      if (usedAt > before || left <= 0) break;
      if (!kept.atRest) continue;
      entries.delete(key);
      // Nothing runs in it, so that it is closed at once.
      void kept.close();
      left--;
    }
    return left < most;
  }

  const setTimer = (): Timer =>
    timers.set(
      () => {
        drop(clock.now() - idleForMs, Infinity);
        timer = entries.size > 0 ? setTimer() : undefined;
      },
      idleForMs / 2,
      background,
    );

  async function closeAll(): Promise<void> {
    timer?.cancel();
    const all = Array.from(entries.values(), ({ kept }) => kept);
    if (overflow !== undefined) all.push(overflow);
    await Promise.all(all.map((kept) => kept.close()));
    entries.clear();
  }

  const close = () => (closing ??= closeAll());
  return Object.freeze({
    get(key: string): Kept {
      if (closing !== undefined) throw new PipelineClosedError(key);
      const found = entries.get(key);
      if (found === undefined && entries.size >= maxSize && !drop(Infinity, 1)) {
        return (overflow ??= make(overflowKey));
      }
      const entry = found ?? { kept: make(key), usedAt: 0 };
      entries.delete(key);
      entries.set(key, entry);
      entry.usedAt = clock.now();
      timer ??= setTimer();
      return entry.kept;
    },
    get keys() {
      return [...entries.keys()];
    },
    close,
    [Symbol.asyncDispose]: close,
  });
}
