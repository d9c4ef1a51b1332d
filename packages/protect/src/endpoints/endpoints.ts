/**
 * The servers behind a name: found, watched, chosen for each call.
 */
import { OptionsError } from '../kernel/errors.ts';
import type { NotFoundReason } from '../kernel/events.ts';
import { isRefusal } from '../kernel/refusals.ts';
import { defaultRuntime, type Runtime } from '../kernel/runtime.ts';
import { Discovery } from './discovery.ts';
import { EndpointSet } from './endpoint-set.ts';
import { ServerNotFoundError } from './errors.ts';
import { HealthChecks } from './health-checks.ts';
import { type EndpointsOptions, type EndpointsRules, readEndpointsOptions } from './options.ts';
import { type EndpointSource, readSource } from './source.ts';
import { Tried } from './tried.ts';
import { type EndpointCaller, triedBy, Visit } from './visit.ts';

/** The servers behind a name. */
export interface Endpoints {
  readonly name: string;
  /**
   * Runs `work` with a server chosen for it, and records how that server fared.
   *
   * @param caller - the attempt of the pipeline around it, so that the next attempt goes elsewhere; or what has a signal
   * @throws ServerNotFoundError when there is no server to go to; else the work's own error, untouched
   */
  call<T>(work: (visit: Visit) => T | PromiseLike<T>, caller?: EndpointCaller): Promise<T>;
  /** Begins to look for servers, if nothing has yet, and waits until the source has answered or failed to. */
  ready(): Promise<void>;
  /** Asks the source anew, at once. */
  refresh(): Promise<void>;
  /** The servers and their state, to read. */
  readonly set: EndpointSet;
  /** Ends questions, checks and timers; later calls are refused. Calls that are under way go on. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Finds the servers behind a name, keeps watch over them, and chooses one for each call. It begins with the first call.
 *
 * @param name - for events and errors
 * @throws OptionsError
 * @example
 * const inventory = endpoints('inventory', {
 *   source: ['http://10.0.0.1:8080', 'http://10.0.0.2:8080'],
 *   health: { check: httpCheck('/health') },
 * });
 * const stock = await line.run((attempt) =>
 *   inventory.call(({ url, signal }) => fetch(`${url}/stock/7`, { signal }), attempt),
 * );
 */
export function endpoints(name: string, options: EndpointsOptions): Endpoints {
  if (typeof name !== 'string' || name === '') {
    throw new OptionsError('name', name, 'a text that is not empty');
  }
  const rules = readEndpointsOptions(options);
  return new LiveEndpoints(name, readSource(options.source), rules, options);
}

class LiveEndpoints implements Endpoints {
  readonly name: string;
  readonly #tried = new Tried();
  readonly set: EndpointSet;
  readonly #source: EndpointSource;
  readonly #runtime: Runtime;
  readonly #discovery: Discovery;
  readonly #checks: HealthChecks | undefined;
  readonly #isFailure: (error: unknown) => boolean;
  readonly #isFailureResult: (value: unknown) => boolean;
  #closed = false;

  constructor(name: string, source: EndpointSource, rules: EndpointsRules, options: EndpointsOptions) {
    const runtime = options.runtime ?? defaultRuntime;
    const { events, clock } = runtime;
    this.name = name;
    this.#source = source;
    this.#runtime = runtime;
    this.#isFailure = options.isFailure ?? isFailureByDefault;
    this.#isFailureResult = options.isFailureResult ?? isServerError;
    this.set = new EndpointSet(rules.set, runtime.random, (what) => {
      // A server that fails may have moved.
      if (what.type === 'endpoints.ejected') this.#discovery.hurry();
      if (events.active) events.emit({ at: clock.now(), pipeline: name, ...what });
    });
    this.#checks =
      rules.checks &&
      new HealthChecks(rules.checks, runtime, (endpoint, healthy, error) => {
        this.set.checked(endpoint, healthy, error);
      });
    this.#discovery = new Discovery(source, rules.discovery, runtime, {
      listed: (addresses) => {
        this.set.update(addresses, clock.now());
        this.#checks?.watch(this.set.endpoints);
      },
      failed: (error) => this.#tellOfSource({ type: 'endpoints.source-failed', error }),
      recovered: () => this.#tellOfSource({ type: 'endpoints.source-recovered' }),
      cut: (listed) => this.#tellOfSource({ type: 'endpoints.cut', listed }),
    });
  }

  call<T>(work: (visit: Visit) => T | PromiseLike<T>, caller?: EndpointCaller): Promise<T> {
    if (!this.#discovery.answered && !this.#closed) {
      const asking = this.#discovery.ask();
      if (asking !== undefined) return asking.then(() => this.#callWhenKnown(work, caller));
    }
    return this.#callNow(work, caller);
  }

  async ready(): Promise<void> {
    if (!this.#discovery.answered) await this.#discovery.ask();
  }

  async refresh(): Promise<void> {
    await this.#discovery.ask();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#discovery.close();
    this.#checks?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The caller may have left while the source was asked. */
  #callWhenKnown<T>(
    work: (visit: Visit) => T | PromiseLike<T>,
    caller: EndpointCaller | undefined,
  ): Promise<T> {
    const signal = caller?.signal;
    return signal?.aborted === true ? Promise.reject(signal.reason) : this.#callNow(work, caller);
  }

  #callNow<T>(work: (visit: Visit) => T | PromiseLike<T>, caller: EndpointCaller | undefined): Promise<T> {
    const { clock, signals } = this.#runtime;
    const now = clock.now();
    // Where timers run only while a request is answered, as in edge workers, it is calls that keep the list fresh.
    if (now >= this.#discovery.nextAt) void this.#discovery.ask();
    const endpoint = this.#closed ? undefined : this.set.pick(now, triedBy(caller, this.#tried));
    if (endpoint === undefined) return Promise.reject(this.#notFound(now));
    const visit = new Visit(endpoint, caller, this.set, this.#tried, clock, now);
    visit.begin(signals);
    let result: T | PromiseLike<T>;
    try {
      result = work(visit);
    } catch (error) {
      this.#failed(visit, error);
      return Promise.reject(error);
    }
    return Promise.resolve(result).then(
      (value) => {
        visit.end(this.#isFailureResult(value) ? 'failed' : 'succeeded');
        return value;
      },
      (error) => {
        this.#failed(visit, error);
        throw error;
      },
    );
  }

  #failed(visit: Visit, error: unknown): void {
    if (this.#isFailure(error)) visit.end('failed');
    // What a policy turned away says nothing of the server, not even that it took so long.
    else if (isRefusal(error)) visit.end('cancelled', 0);
    else visit.end('succeeded');
  }

  #notFound(now: number): ServerNotFoundError {
    const { events } = this.#runtime;
    this.#discovery.hurry();
    const { fails, because: cause, nextAt } = this.#discovery;
    const counts = this.set.counts;
    const { known, unhealthy, ejected } = counts;
    let because: NotFoundReason = fails ? 'source-failed' : 'none-known';
    if (this.#closed) because = 'closed';
    else if (known > 0) because = 'none-available';
    if (events.active) {
      const type = 'endpoints.not-found';
      events.emit({ type, at: now, pipeline: this.name, because, known, unhealthy, ejected });
    }
    const retryAfterMs = this.#closed || nextAt === Infinity ? undefined : Math.max(0, nextAt - now);
    return new ServerNotFoundError(this.name, because, this.#source.name, counts, { cause, retryAfterMs });
  }

  #tellOfSource(
    what:
      | { type: 'endpoints.source-failed'; error: unknown }
      | { type: 'endpoints.source-recovered' }
      | { type: 'endpoints.cut'; listed: number },
  ): void {
    const { events, clock } = this.#runtime;
    if (!events.active) return;
    events.emit({ at: clock.now(), pipeline: this.name, known: this.set.endpoints.length, ...what });
  }
}

function isFailureByDefault(error: unknown): boolean {
  return !isRefusal(error);
}

function isServerError(value: unknown): boolean {
  const status = (value as { readonly status?: unknown } | null | undefined)?.status;
  return typeof status === 'number' && status >= 500 && status < 600;
}
