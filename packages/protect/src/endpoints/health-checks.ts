/**
 * Asks each server now and then how it is.
 */
import type { Runtime } from '../kernel/runtime.ts';
import { background, type Timer } from '../kernel/timers.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * Asks one server: `false` or an error says that it is unhealthy.
 *
 * @example const check: HealthCheck = async ({ url }, signal) => (await fetch(`${url}/health`, { signal })).ok;
 */
export type HealthCheck = (endpoint: Endpoint, signal: AbortSignal) => unknown;

/** How servers are asked, checked and in milliseconds. */
export interface HealthCheckRules {
  readonly check: HealthCheck;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly jitter: number;
}

/** Hears what a check found. */
export type CheckedListener = (endpoint: Endpoint, healthy: boolean, error: unknown) => void;

export class HealthChecks {
  readonly #rules: HealthCheckRules;
  readonly #runtime: Runtime;
  readonly #found: CheckedListener;
  readonly #rounds = new Map<Endpoint, Round>();

  constructor(rules: HealthCheckRules, runtime: Runtime, found: CheckedListener) {
    this.#rules = rules;
    this.#runtime = runtime;
    this.#found = found;
  }

  /** Checks just these from now on: new ones at once. */
  watch(endpoints: readonly Endpoint[]): void {
    const wanted = new Set(endpoints);
    for (const [endpoint, round] of this.#rounds) {
      if (wanted.has(endpoint)) continue;
      round.end();
      this.#rounds.delete(endpoint);
    }
    for (const endpoint of wanted) {
      if (this.#rounds.has(endpoint)) continue;
      const round = new Round(endpoint, this.#rules, this.#runtime, this.#found);
      this.#rounds.set(endpoint, round);
      round.begin();
    }
  }

  close(): void {
    this.watch([]);
  }
}

/** The checks of one server, one after the other. */
class Round {
  readonly #endpoint: Endpoint;
  readonly #rules: HealthCheckRules;
  readonly #runtime: Runtime;
  readonly #found: CheckedListener;
  #timer: Timer | undefined = undefined;
  #controller: AbortController | undefined = undefined;

  constructor(endpoint: Endpoint, rules: HealthCheckRules, runtime: Runtime, found: CheckedListener) {
    this.#endpoint = endpoint;
    this.#rules = rules;
    this.#runtime = runtime;
    this.#found = found;
  }

  begin(): void {
    const { check, timeoutMs } = this.#rules;
    const controller = new AbortController();
    this.#controller = controller;
    const done = (healthy: boolean, error?: unknown) => {
      // What comes after the time-out, or when nobody wants to know any more, is let go of.
      if (this.#controller !== controller) return;
      this.#controller = undefined;
      this.#timer?.cancel();
      this.#wait();
      this.#found(this.#endpoint, healthy, error);
    };
    this.#timer = this.#runtime.timers.set(
      () => {
        const error = new DOMException(
          `No answer to the health check within ${timeoutMs} ms`,
          'TimeoutError',
        );
        done(false, error);
        controller.abort(error);
      },
      timeoutMs,
      background,
    );
    Promise.resolve()
      .then(() => check(this.#endpoint, controller.signal))
      .then(
        (answer) => done(answer !== false),
        (error) => done(false, error),
      );
  }

  end(): void {
    this.#timer?.cancel();
    const controller = this.#controller;
    this.#controller = undefined;
    controller?.abort(new DOMException('The server is no longer checked.', 'AbortError'));
  }

  #wait(): void {
    const { intervalMs, jitter } = this.#rules;
    // Earlier or later by chance, so that many clients do not ask in step.
    const waitMs = intervalMs * (1 + jitter * (2 * this.#runtime.random() - 1));
    this.#timer = this.#runtime.timers.set(() => this.begin(), waitMs, background);
  }
}
