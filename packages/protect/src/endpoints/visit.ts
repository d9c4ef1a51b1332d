import type { Clock } from '../kernel/clock.ts';
import { isTimeout } from '../kernel/refusals.ts';
import type { Signals } from '../kernel/signals.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointOutcome, EndpointSet } from './endpoint-set.ts';
import type { Note, Tried } from './tried.ts';

/**
 * On whose behalf a server is called: the attempt that a pipeline hands to its work, or whatever has a signal. With an
 * attempt, a retry's next one goes to a server that this call has not tried.
 */
export type EndpointCaller = AttemptLike | { readonly signal?: AbortSignal | undefined };

interface AttemptLike {
  readonly signal: AbortSignal;
  readonly call: object;
  whenAborted(listener: (reason: unknown) => void): void;
}

/** What the caller's call has tried. */
export function triedBy(caller: EndpointCaller | undefined, tried: Tried): Note | undefined {
  return isAttempt(caller) ? tried.of(caller.call) : undefined;
}

/** One call to one server, as the work sees it. */
export class Visit {
  readonly endpoint: Endpoint;
  readonly #caller: EndpointCaller | undefined;
  readonly #set: EndpointSet;
  readonly #tried: Tried;
  readonly #clock: Clock;
  readonly #startedAt: number;
  #unlink: (() => void) | undefined;
  #note: Note | undefined;
  #ended = false;

  constructor(
    endpoint: Endpoint,
    caller: EndpointCaller | undefined,
    set: EndpointSet,
    tried: Tried,
    clock: Clock,
    startedAt: number,
  ) {
    this.endpoint = endpoint;
    this.#caller = caller;
    this.#set = set;
    this.#tried = tried;
    this.#clock = clock;
    this.#startedAt = startedAt;
  }

  /** The server's base URL. */
  get url(): string {
    return this.endpoint.url;
  }

  /** Aborted when the caller gives the call up. */
  get signal(): AbortSignal {
    return this.#caller?.signal ?? new AbortController().signal;
  }

  /** Notes the server on the call, and hears when the call is given up. For the endpoints themselves. */
  begin(signals: Signals): void {
    const caller = this.#caller;
    if (isAttempt(caller)) {
      this.#note = this.#tried.add(caller.call, this.endpoint);
      caller.whenAborted((reason) => this.#givenUp(reason));
    } else if (caller?.signal !== undefined) {
      this.#unlink = signals.link(caller.signal, (reason) => this.#givenUp(reason));
    }
  }

  /** Records how it ended; only the first time counts. For the endpoints themselves. */
  end(outcome: EndpointOutcome, latencyMs?: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#unlink?.();
    // An attempt may make many calls: only what failed, or is under way, is a reason to go elsewhere.
    if (outcome === 'succeeded' && this.#note !== undefined) {
      this.#tried.remove((this.#caller as AttemptLike).call, this.#note);
    }
    const now = this.#clock.now();
    this.#set.record(this.endpoint, outcome, latencyMs ?? Math.max(0, now - this.#startedAt), now);
  }

  /** That the server was too slow for the pipeline is a failure of it; that the caller left is none. */
  #givenUp(reason: unknown): void {
    this.end(isTimeout(reason) ? 'failed' : 'cancelled');
  }
}

function isAttempt(caller: EndpointCaller | undefined): caller is AttemptLike {
  return caller !== undefined && 'whenAborted' in caller;
}
