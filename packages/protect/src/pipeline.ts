/**
 * Composition: policies, outermost first, become a pipeline through which calls run.
 */
import type { Attempt } from './kernel/attempt.ts';
import { LiveCall } from './kernel/call.ts';
import type { Route, Work } from './kernel/route.ts';
import type { CallOptions } from './kernel/call-options.ts';
import {
  DeadlineExceededError,
  KeyRequiredError,
  OptionsError,
  PipelineClosedError,
} from './kernel/errors.ts';
import type { Emit, PolicyEvent } from './kernel/events.ts';
import type { Policy } from './kernel/layer.ts';
import { knownKeys } from './kernel/options.ts';
import { defaultRuntime, type Runtime } from './kernel/runtime.ts';

/** What a pipeline may answer beside the work's own result. */
export type AddsOf<Policies extends readonly Policy[]> = Policies[number] extends infer Each
  ? Each extends Policy<infer Adds>
    ? Adds
    : never
  : never;

/** Whether any of the policies may run the work more than once. */
type RepeatsOf<Policies extends readonly Policy[]> = true extends Policies[number]['repeats'] ? true : false;

/** How a pipeline is set up. */
export interface PipelineOptions<Idempotent extends boolean = boolean> {
  /**
   * Declares that the work may be done twice without harm, as a read may. Without it a pipeline that repeats (retry,
   * hedge) asks for a key with every call. Default false.
   */
  readonly idempotent?: Idempotent;
  /** Default: the one runtime of the process. */
  readonly runtime?: Runtime;
}

/** What a call came to, where errors are not thrown. */
export type CallOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown };

/** The options of a call whose pipeline repeats work that is not idempotent: the key is required. */
export type KeyedCallOptions = CallOptions & { readonly key: string };

/** The options of a call that says itself whether it may be repeated, so that it needs no key. */
export type RepeatCallOptions = CallOptions & { readonly repeat: boolean };

type Arguments<Keyed extends boolean> = Keyed extends true
  ? [options: KeyedCallOptions | RepeatCallOptions]
  : [options?: CallOptions];

/** What makes the options of a call from what a wrapped function is called with. */
type OptionsFrom<Inputs extends readonly unknown[], Keyed extends boolean> = Keyed extends true
  ? [options: (...inputs: Inputs) => KeyedCallOptions | RepeatCallOptions]
  : [options?: (...inputs: Inputs) => CallOptions];

/**
 * Policies, bound and alive.
 *
 * @typeParam Adds - what the policies may answer beside the work's own result
 * @typeParam Keyed - whether every call needs an idempotency key
 */
export interface Pipeline<Adds = never, Keyed extends boolean = false> {
  readonly name: string;
  /**
   * Runs `work` through the policies.
   *
   * @throws the work's own error, untouched, or a SeaworthyError of a policy
   * @example const stock = await inventory.run(({ signal }) => getStock(sku, { signal }));
   */
  run<T>(work: Work<T>, ...options: Arguments<Keyed>): Promise<T | Adds>;
  /** As {@link run}, but tells an error instead of throwing it. */
  outcome<T>(work: Work<T>, ...options: Arguments<Keyed>): Promise<CallOutcome<T | Adds>>;
  /**
   * Makes a function of `work` that runs through the policies whenever it is called; what it is called with comes after
   * the attempt.
   *
   * @param options - what a call brings along, made from what the function is called with
   * @example
   * const getStock = inventory.wrap(({ signal }, sku: string) => fetchStock(sku, { signal }));
   * await getStock('anchor');
   * @example
   * const charge = payment.wrap(({ key }, order: Order) => sendCharge(order, key), (order) => ({ key: order.id }));
   */
  wrap<Inputs extends readonly unknown[], T>(
    work: (attempt: Attempt, ...inputs: Inputs) => T | PromiseLike<T>,
    ...options: OptionsFrom<Inputs, Keyed>
  ): (...inputs: Inputs) => Promise<T | Adds>;
  /**
   * The state machine of one of the pipeline's policies, to read or to steer.
   *
   * @throws OptionsError when the policy is not in this pipeline
   * @example inventory.machine(breaker).isolate();
   */
  machine<Machine>(policy: Policy<unknown, boolean, Machine>): Machine;
  /** Whether one of its policies may run the work more than once. */
  readonly repeats: boolean;
  /** Calls that are under way. */
  readonly running: number;
  /** Whether no call runs and no policy remembers what must not be lost, such as that its circuit breaker is open. */
  readonly atRest: boolean;
  /** Refuses new calls with PIPELINE_CLOSED, waits until running ones have ended, then ends housekeeping. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Composes policies; the first is the outermost.
 *
 * Recommended order: fallback, total timeout, retry, circuit breaker, bulkhead, attempt timeout.
 *
 * @throws OptionsError when the name is empty, or an option is not known
 * @example
 * const inventory = pipeline('inventory', [fallback(null), retry({ attempts: 3 }), timeout('300ms')], { idempotent: true });
 */
export function pipeline<const Policies extends readonly Policy[], Idempotent extends boolean = false>(
  name: string,
  policies: Policies,
  options: PipelineOptions<Idempotent> = {},
): Pipeline<AddsOf<Policies>, Idempotent extends true ? false : RepeatsOf<Policies>> {
  if (typeof name !== 'string' || name === '')
    throw new OptionsError('name', name, 'a text that is not empty');
  knownKeys('pipeline', options, ['idempotent', 'runtime']);
  const { idempotent = false, runtime = defaultRuntime } = options;
  return new LivePipeline(name, runtime, policies, idempotent) as never;
}

const noOptions: CallOptions = Object.freeze({});

class LivePipeline {
  readonly name: string;
  readonly repeats: boolean;
  readonly #route: Route;
  readonly #policies: readonly Policy[];
  readonly #keyed: boolean;
  #closing: Promise<void> | undefined;

  constructor(name: string, runtime: Runtime, policies: readonly Policy[], idempotent: boolean) {
    const { clock, events } = runtime;
    const emit: Emit = (type, details, at = clock.now()) =>
      events.emit({ type, at, pipeline: name, ...details } as PolicyEvent);
    const layers = policies.map((policy, index) => policy.bind({ pipeline: name, runtime, index, emit }));
    this.name = name;
    this.#policies = policies;
    this.repeats = policies.some((policy) => policy.repeats);
    this.#keyed = this.repeats && !idempotent;
    this.#route = {
      name,
      runtime,
      emit,
      layers,
      interrupts: layers.some((layer) => layer.interrupts),
      ambient: layers.some((layer) => layer.ambient),
      noTokens: layers.map(() => undefined),
      running: 0,
      onIdle: undefined,
    };
  }

  machine(policy: Policy): unknown {
    const layer = this.#route.layers[this.#policies.indexOf(policy)];
    if (layer === undefined) throw new OptionsError('policy', policy.name, `in the pipeline "${this.name}"`);
    return layer.machine;
  }

  get running(): number {
    return this.#route.running;
  }

  get atRest(): boolean {
    const { layers, running, runtime } = this.#route;
    return running === 0 && layers.every((layer) => layer.atRest?.(runtime.clock.now()) ?? true);
  }

  run(work: Work<unknown>, options: CallOptions = noOptions): Promise<unknown> {
    if (this.#closing !== undefined) return Promise.reject(new PipelineClosedError(this.name));
    if (this.#keyed && options.key === undefined && options.repeat === undefined)
      return Promise.reject(new KeyRequiredError(this.name));
    const call = new LiveCall(this.#route, work, options);
    const ambient = options.within?.handedDown ?? this.#route.runtime.ambient.get();
    if (ambient === undefined && options.signal === undefined) return call.start(false);
    call.ambient = ambient;
    return this.#startLimited(call, options.signal);
  }

  outcome(work: Work<unknown>, options?: CallOptions): Promise<CallOutcome<unknown>> {
    return this.run(work, options).then(
      (value) => ({ ok: true, value }),
      (error) => ({ ok: false, error }),
    );
  }

  wrap(
    work: (attempt: Attempt, ...inputs: readonly unknown[]) => unknown,
    options?: (...inputs: readonly unknown[]) => CallOptions,
  ): (...inputs: readonly unknown[]) => Promise<unknown> {
    return async (...inputs) => this.run((attempt) => work(attempt, ...inputs), options?.(...inputs));
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #drain(): Promise<void> {
    if (this.#route.running > 0) {
      await new Promise<void>((resolve) => {
        this.#route.onIdle = resolve;
      });
    }
    for (const layer of this.#route.layers) layer.close?.();
  }

  /** Starts a call that its caller's signal or an enclosing deadline may end. */
  #startLimited(call: LiveCall, signal: AbortSignal | undefined): Promise<unknown> {
    const { runtime, name, emit } = this.#route;
    const { ambient } = call;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const unlink = signal && runtime.signals.link(signal, (reason) => call.interrupt(-1, reason));
    if (ambient === undefined || ambient.deadline === Infinity) {
      call.onSettled = unlink;
      return call.start(true);
    }
    const remainingMs = ambient.deadline - call.now();
    const error = () => new DeadlineExceededError(name, true);
    if (remainingMs <= 0) {
      unlink?.();
      if (runtime.events.active) emit('deadline.passed', { lateMs: -remainingMs });
      return Promise.reject(error());
    }
    call.limit = ambient.deadline;
    const timer = runtime.timers.set(() => call.interrupt(-1, error(), true), remainingMs);
    call.onSettled = () => {
      timer.cancel();
      unlink?.();
    };
    return call.start(true);
  }
}
