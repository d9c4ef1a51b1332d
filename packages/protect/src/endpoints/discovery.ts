/**
 * Asks a source where the servers are, again and again; keeps its last good answer while it fails, for a bounded time.
 */
import type { Random } from '../kernel/random.ts';
import type { Runtime } from '../kernel/runtime.ts';
import { isThenable } from '../kernel/thenable.ts';
import { background, type Timer } from '../kernel/timers.ts';
import { type EndpointAddress, type EndpointSource, type Listing, readAddresses } from './source.ts';

/** When the source is asked, checked and in milliseconds. */
export interface DiscoveryRules {
  readonly refreshMs: number;
  readonly timeoutMs: number;
  readonly keepForMs: number;
  /** Whether an answer without any server is taken for a failure of the source. */
  readonly doubtEmpty: boolean;
  readonly endpointsMax: number;
}

/** What hears of it. */
export interface DiscoveryListener {
  listed(addresses: readonly EndpointAddress[]): void;
  failed(error: unknown): void;
  recovered(): void;
  cut(listed: number): void;
}

/** No source is asked more often than that, whatever it says of its answer's time. */
const refreshMsLeast = 1_000;
/** The first wait after a failure; it doubles up to the usual one. */
const retryMs = 1_000;
/** When there is reason to think that servers moved, the source is asked sooner, but not sooner than so long after it was. */
const hurryMs = 5_000;
/** Many clients that began together are not to ask together for ever: each wait is shorter by chance, up to this part. */
const jitter = 0.2;

export class Discovery {
  readonly #source: EndpointSource;
  readonly #rules: DiscoveryRules;
  readonly #runtime: Runtime;
  readonly #listener: DiscoveryListener;
  #asking: Promise<void> | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #timer: Timer | undefined = undefined;
  #closed = false;
  #failures = 0;
  #goodAt: number | undefined = undefined;
  #askedAt = 0;
  /** Why there is nobody, or why the source cannot say. */
  because: unknown = undefined;
  /** Whether the source has answered, or failed to, once. */
  answered = false;
  /** When the source is asked next. */
  nextAt: number = Infinity;

  constructor(source: EndpointSource, rules: DiscoveryRules, runtime: Runtime, listener: DiscoveryListener) {
    this.#source = source;
    this.#rules = rules;
    this.#runtime = runtime;
    this.#listener = listener;
  }

  /** Whether the source's last answer was a failure. */
  get fails(): boolean {
    return this.#failures > 0;
  }

  /** Asks now, unless a question is under way; `undefined` when the answer is there at once. */
  ask(): Promise<void> | undefined {
    if (this.#closed || this.#asking !== undefined) return this.#asking;
    this.#timer?.cancel();
    this.#askedAt = this.#runtime.clock.now();
    const controller = new AbortController();
    let listing: Listing | PromiseLike<Listing>;
    try {
      listing = this.#source.list(controller.signal);
      if (!isThenable(listing)) {
        this.#answer(listing);
        return undefined;
      }
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
    this.#controller = controller;
    this.#asking = this.#within(listing, controller).then(
      (answer) => this.#ended(() => this.#answer(answer)),
      (error) => this.#ended(() => this.#fail(error)),
    );
    return this.#asking;
  }

  /** Asks sooner than planned, since servers may have moved; not a source whose answer never changes. */
  hurry(): void {
    if (this.#closed || this.#asking !== undefined || this.nextAt === Infinity) return;
    const at = Math.max(this.#askedAt + hurryMs, this.#runtime.clock.now());
    if (at < this.nextAt) this.#askAt(at);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#controller?.abort(new DOMException('The endpoints are closed.', 'AbortError'));
  }

  /** The listing, or an error once the time for it is up or the discovery is closed. */
  #within(listing: PromiseLike<Listing>, { signal }: AbortController): Promise<Listing> {
    const { timeoutMs } = this.#rules;
    return new Promise((resolve, reject) => {
      const timer = this.#runtime.timers.set(() => {
        this.#controller?.abort(new DOMException(`No answer within ${timeoutMs} ms`, 'TimeoutError'));
      }, timeoutMs);
      signal.addEventListener('abort', () => {
        timer.cancel();
        reject(signal.reason);
      });
      const settle = (done: () => void) => {
        timer.cancel();
        done();
      };
      listing.then(
        (answer) => settle(() => resolve(answer)),
        (error) => settle(() => reject(error)),
      );
    });
  }

  #ended(next: () => void): void {
    this.#asking = this.#controller = undefined;
    if (!this.#closed) next();
  }

  #answer(listing: Listing): void {
    let addresses: readonly EndpointAddress[];
    try {
      addresses = readAddresses(listing.endpoints);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (addresses.length === 0 && this.#rules.doubtEmpty) {
      this.#fail(listing.because ?? new Error('it knows of no server'));
      return;
    }
    const failed = this.fails;
    this.#failures = 0;
    this.#goodAt = this.#runtime.clock.now();
    this.because = listing.because;
    this.answered = true;
    this.#listener.listed(addresses.slice(0, this.#rules.endpointsMax));
    if (addresses.length > this.#rules.endpointsMax) this.#listener.cut(addresses.length);
    if (failed) this.#listener.recovered();
    const { refreshMs } = this.#rules;
    const { freshForMs = refreshMs } = listing;
    this.nextAt = Infinity;
    if (freshForMs === Infinity) return;
    const waitMs = Math.max(refreshMsLeast, Math.min(freshForMs, refreshMs));
    this.#askAt(this.#goodAt + shorter(waitMs, this.#runtime.random));
  }

  #fail(error: unknown): void {
    const { refreshMs, keepForMs } = this.#rules;
    const now = this.#runtime.clock.now();
    this.because = error;
    this.answered = true;
    this.#failures++;
    const expiresInMs = this.#goodAt === undefined ? Infinity : this.#goodAt + keepForMs - now;
    if (expiresInMs <= 0) this.#listener.listed([]);
    this.#listener.failed(error);
    const waitMs = shorter(
      Math.min(refreshMs, retryMs * 2 ** Math.min(this.#failures - 1, 30)),
      this.#runtime.random,
    );
    this.#askAt(now + (expiresInMs > 0 ? Math.min(waitMs, expiresInMs) : waitMs));
  }

  #askAt(at: number): void {
    this.#timer?.cancel();
    this.nextAt = at;
    const waitMs = Math.max(0, at - this.#runtime.clock.now());
    this.#timer = this.#runtime.timers.set(() => void this.ask(), waitMs, background);
  }
}

function shorter(waitMs: number, random: Random): number {
  return waitMs * (1 - random() * jitter);
}
