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
 * A pipeline stays while calls run in it, while its circuit breaker is not closed, and while a limit in it is used up.
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
  return new KeptPipelines(
    make,
    wholeNumber('maxSize', options.maxSize ?? 1_000, 1),
    parseDuration('idleFor', options.idleFor ?? '10m', 1),
    options.runtime ?? defaultRuntime,
  );
}

interface Entry<Kept> {
  readonly kept: Kept;
  usedAt: number;
}

class KeptPipelines<Kept extends Keepable> implements Pipelines<Kept> {
  readonly #make: (key: string) => Kept;
  readonly #maxSize: number;
  readonly #idleForMs: number;
  readonly #runtime: Runtime;
  /** A Map keeps the order of insertion; what is used is put back at its end. */
  readonly #entries = new Map<string, Entry<Kept>>();
  #overflow: Kept | undefined;
  #timer: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(make: (key: string) => Kept, maxSize: number, idleForMs: number, runtime: Runtime) {
    this.#make = make;
    this.#maxSize = maxSize;
    this.#idleForMs = idleForMs;
    this.#runtime = runtime;
  }

  get(key: string): Kept {
    if (this.#closing !== undefined) throw new PipelineClosedError(key);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (this.#entries.size >= this.#maxSize && !this.#dropOldest()) {
        return (this.#overflow ??= this.#make(overflowKey));
      }
      entry = { kept: this.#make(key), usedAt: 0 };
    } else {
      this.#entries.delete(key);
    }
    this.#entries.set(key, entry);
    entry.usedAt = this.#runtime.clock.now();
    this.#timer ??= this.#setTimer();
    return entry.kept;
  }

  get keys(): readonly string[] {
    return [...this.#entries.keys()];
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #closeAll(): Promise<void> {
    this.#timer?.cancel();
    const all = Array.from(this.#entries.values(), ({ kept }) => kept);
    if (this.#overflow !== undefined) all.push(this.#overflow);
    await Promise.all(all.map((kept) => kept.close()));
    this.#entries.clear();
  }

  /** Makes room; false when each has a reason to stay. */
  #dropOldest(): boolean {
    for (const [key, { kept }] of this.#entries) {
      if (!kept.atRest) continue;
      this.#drop(key, kept);
      return true;
    }
    return false;
  }

  #dropIdle(): void {
    const before = this.#runtime.clock.now() - this.#idleForMs;
    for (const [key, { kept, usedAt }] of this.#entries) {
      if (usedAt > before) break;
      if (kept.atRest) this.#drop(key, kept);
    }
  }

  #drop(key: string, kept: Kept): void {
    this.#entries.delete(key);
    // Nothing runs in it, so that it is closed at once.
    void kept.close();
  }

  #setTimer(): Timer {
    return this.#runtime.timers.set(
      () => {
        this.#dropIdle();
        this.#timer = this.#entries.size > 0 ? this.#setTimer() : undefined;
      },
      this.#idleForMs / 2,
      background,
    );
  }
}
