/**
 * The circuit breaker as a synchronous state machine: usable alone, in a pipeline, and in the simulator.
 *
 *                 a rule is broken                openFor is over
 *      closed ----------------------->  open  ----------------------->  half-open
 *        ^  ^                             ^                                 |
 *        |  +--- ramping <-- (ramp) --+   +------- a probe fails -----------+
 *        |                            |                                     |
 *        +----------------------------+-------- enough probes succeed ------+
 *
 * Source: M. Nygard, "Release It!", 2nd edition, chapter 5; the windows follow resilience4j's.
 */
import type { BreakerState } from '../../kernel/events.ts';
import type { Random } from '../../kernel/random.ts';
import type { BreakerRules } from './options.ts';
import { type CallWindow, CountWindow, TimeWindow } from './window.ts';

/**
 * The right to make one call. It names the period between two changes of state in which it was given; an outcome that
 * comes in a later period says nothing about the state by then, and is ignored.
 */
export type BreakerPermit = number;

/** What is told of a change of state. */
export interface BreakerTransition {
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly at: number;
  readonly because: string;
  /** For `open`: how long. */
  readonly openForMs: number;
}

/** The states in which outcomes go into the window. */
const counting: ReadonlySet<BreakerState> = new Set(['closed', 'ramping', 'observing']);

/** The share of calls that pass at the start of a ramp. */
const rampStart = 0.1;

export class CircuitBreaker {
  readonly #rules: BreakerRules;
  readonly #random: Random;
  #onTransition: ((transition: BreakerTransition) => void) | undefined;
  readonly #window: CallWindow;
  #state: BreakerState = 'closed';
  /** Counts changes of state. */
  #period = 0;
  #openUntil = 0;
  #openForMs: number;
  #consecutiveFailures = 0;
  /** Half-open: when each running probe is given up, oldest first. */
  #probesExpireAt: number[] = [];
  #probesSucceeded = 0;
  #probesFailed = 0;
  #rampStartedAt = 0;
  /** When it closed; `undefined` while it has never been open. */
  #closedSince: number | undefined;
  /** Calls of this period that are slow already and still run. */
  #runningSlow = 0;

  constructor(rules: BreakerRules, random: Random, onTransition?: (transition: BreakerTransition) => void) {
    this.#rules = rules;
    this.#random = random;
    this.#onTransition = onTransition;
    this.#openForMs = rules.openForMs;
    this.#window =
      'calls' in rules.window ? new CountWindow(rules.window.calls) : new TimeWindow(rules.window.durationMs);
  }

  /** The state as of the last call or reading; an open breaker turns half-open when the next call comes. */
  get state(): BreakerState {
    return this.#state;
  }

  /** Whether the time now matters to {@link tryAcquire}: not while closed. */
  get needsTime(): boolean {
    return this.#state !== 'closed';
  }

  /** The permit for a call at time `now`, or `undefined` when it must not be made. */
  tryAcquire(now: number): BreakerPermit | undefined {
    if (this.#state === 'closed') return this.#period;
    return this.#tryAcquireGuarded(now);
  }

  /** Tells the outcome of a permitted call, at time `now`. */
  record(permit: BreakerPermit, failed: boolean | undefined, now: number, slow = false): void {
    if (permit !== this.#period) return;
    if (failed === undefined) return this.release(permit);
    if (this.#state === 'half-open') this.#recordProbe(failed || slow, now);
    else if (counting.has(this.#state)) this.#recordCall(failed, slow, now);
  }

  /** Gives a permit back whose call was cancelled or never made: neither success nor failure. */
  release(permit: BreakerPermit): void {
    if (permit === this.#period && this.#state === 'half-open') this.#probesExpireAt.shift();
  }

  /** Tells that a permitted call is slow while it still runs; it counts from now on, until {@link unmarkSlow}. */
  markSlow(permit: BreakerPermit, now: number): void {
    if (permit !== this.#period) return;
    if (this.#state === 'half-open') {
      // One that is put up with counts when it ends.
      if (this.#probesFailed >= this.#rules.probeFailures) this.#recordProbe(true, now);
      return;
    }
    this.#runningSlow++;
    if (this.#state === 'closed' || this.#state === 'ramping') this.#judge(now);
  }

  /** Tells that a call that was marked slow has ended; {@link record} or {@link release} follows. */
  unmarkSlow(permit: BreakerPermit): void {
    if (permit === this.#period && this.#runningSlow > 0) this.#runningSlow--;
  }

  /** In how many milliseconds a call may pass again; `undefined` when that is not known. */
  retryAfterMs(now: number): number | undefined {
    return this.#state === 'open' ? Math.max(0, this.#openUntil - now) : undefined;
  }

  /** Opens it by hand until {@link reset}; for a dependency that is known to be away. */
  isolate(now: number): void {
    this.#change('isolated', now, 'isolated by hand');
  }

  /** Opens it for `openForMs` milliseconds from `now`; with 0 the next call is a probe. For what others have found out. */
  openFor(openForMs: number, now: number, because: string): void {
    this.#openUntil = now + openForMs;
    this.#change('open', now, because);
  }

  /** Tells `listener` of every change of state as well. */
  follow(listener: (transition: BreakerTransition) => void): void {
    const told = this.#onTransition;
    this.#onTransition = (transition) => {
      told?.(transition);
      listener(transition);
    };
  }

  /** Lets every call pass and counts nothing until {@link reset}. */
  disable(now: number): void {
    this.#change('disabled', now, 'disabled by hand');
  }

  /** Lets every call pass and counts it, for {@link counts}, and never opens until {@link reset}: metrics only. */
  observe(now: number): void {
    this.#change('observing', now, 'observing by hand');
  }

  /** Closes it by hand, with nothing remembered. */
  reset(now: number): void {
    this.#close(now, 'reset by hand');
    this.#closedSince = undefined;
  }

  /**
   * Whether a new breaker would do as well at `now`: this one is closed, or would be if anybody had called; or nobody has
   * called, not even for a probe, for as long as it may be open.
   */
  isAtRest(now: number): boolean {
    const { rampMs, openForMsMax } = this.#rules;
    if (this.#state === 'ramping') return now - this.#rampStartedAt >= rampMs;
    if (this.#state === 'open' || this.#state === 'half-open') return now - this.#openUntil >= openForMsMax;
    return this.#state === 'closed';
  }

  /** Counts in the window at time `now`. */
  counts(now: number): { readonly calls: number; readonly failures: number; readonly slow: number } {
    this.#window.advance(now);
    const { calls, failures, slow } = this.#window;
    return { calls, failures, slow };
  }

  #tryAcquireGuarded(now: number): BreakerPermit | undefined {
    if (this.#state === 'open' && now >= this.#openUntil)
      this.#change('half-open', now, 'its open time is over');
    switch (this.#state) {
      case 'half-open':
        return this.#tryAcquireProbe(now);
      case 'ramping':
        return this.#tryAcquireRamping(now);
      case 'disabled':
      case 'observing':
        return this.#period;
      default:
        return undefined;
    }
  }

  #tryAcquireProbe(now: number): BreakerPermit | undefined {
    const expiresAt = this.#probesExpireAt[0];
    if (expiresAt !== undefined && now >= expiresAt) {
      this.#reopen(now, 'a probe did not end in time');
      return undefined;
    }
    const wanted = this.#rules.probes - this.#probesSucceeded;
    if (this.#probesExpireAt.length >= Math.min(wanted, this.#rules.probeConcurrency)) return undefined;
    this.#probesExpireAt.push(now + this.#rules.probeTimeoutMs);
    return this.#period;
  }

  #tryAcquireRamping(now: number): BreakerPermit | undefined {
    const share = (now - this.#rampStartedAt) / this.#rules.rampMs;
    if (share >= 1) {
      this.#change('closed', now, 'its ramp is over');
      return this.#period;
    }
    return this.#random() < Math.max(rampStart, share) ? this.#period : undefined;
  }

  #recordProbe(failed: boolean, now: number): void {
    this.#probesExpireAt.shift();
    if (!failed) {
      if (++this.#probesSucceeded >= this.#rules.probes) this.#close(now, 'enough probes succeeded');
    } else if (++this.#probesFailed > this.#rules.probeFailures) {
      this.#reopen(now, this.#probesFailed === 1 ? 'a probe failed' : `${this.#probesFailed} probes failed`);
    }
  }

  #recordCall(failed: boolean, slow: boolean, now: number): void {
    this.#window.add(now, failed, slow);
    if (failed) this.#consecutiveFailures++;
    else this.#consecutiveFailures = 0;
    if ((failed || slow) && this.#state !== 'observing') this.#judge(now);
  }

  #judge(now: number): void {
    const { failureRate, slowCallRate, consecutiveFailures, minimumCalls } = this.#rules;
    this.#window.advance(now);
    const { failures, calls: ended } = this.#window;
    const calls = ended + this.#runningSlow;
    const slow = this.#window.slow + this.#runningSlow;
    let broken: string | undefined;
    if (consecutiveFailures !== undefined && this.#consecutiveFailures >= consecutiveFailures) {
      broken = `${this.#consecutiveFailures} calls failed in a row`;
    } else if (failureRate !== undefined && ended >= minimumCalls && failures / ended >= failureRate) {
      broken = `${failures} of ${ended} calls failed`;
    } else if (slowCallRate !== undefined && calls >= minimumCalls && slow / calls >= slowCallRate) {
      broken = `${slow} of ${calls} calls were slow`;
    }
    if (broken === undefined) return;
    // A breaker that was calm for as long as it may be open has earned its short open time again.
    const calmMs = now - (this.#closedSince ?? Number.NEGATIVE_INFINITY);
    if (calmMs < this.#rules.openForMsMax) return this.#reopen(now, broken);
    this.#openForMs = this.#rules.openForMs;
    this.#open(now, broken);
  }

  #open(now: number, because: string): void {
    const jitter = 1 + this.#random() * this.#rules.openForJitter;
    this.openFor(this.#openForMs * jitter, now, because);
  }

  #reopen(now: number, because: string): void {
    this.#openForMs = Math.min(this.#rules.openForMsMax, this.#openForMs * this.#rules.openForFactor);
    this.#open(now, because);
  }

  #close(now: number, because: string): void {
    this.#window.clear();
    this.#consecutiveFailures = 0;
    this.#closedSince = now;
    this.#rampStartedAt = now;
    this.#change(this.#rules.rampMs > 0 && this.#state === 'half-open' ? 'ramping' : 'closed', now, because);
  }

  #change(to: BreakerState, now: number, because: string): void {
    const from = this.#state;
    this.#state = to;
    // A ramp that is over changes nothing for the calls under way, whose outcomes still count.
    if (!(from === 'ramping' && to === 'closed')) {
      this.#period++;
      this.#runningSlow = 0;
    }
    this.#probesExpireAt = [];
    this.#probesSucceeded = 0;
    this.#probesFailed = 0;
    if (from !== to)
      this.#onTransition?.({
        from,
        to,
        at: now,
        because,
        openForMs: to === 'open' ? this.#openUntil - now : 0,
      });
  }
}
