import { OptionsError } from './errors.ts';
import { knownKeys, numberFrom } from './options.ts';

/** How many retries the calls of a client may cause. */
export interface RetryBudgetOptions {
  /** Retries allowed for each call, such as 0.1 for one in ten. */
  readonly ratio: number;
  /** Retries that may be saved up, and that a fresh budget holds. Default 10. */
  readonly burst?: number;
}

/**
 * A retry budget: each call pays in a fraction of a retry, each retry takes a whole one. While a dependency is down,
 * retries then add at most that fraction to its load, where a plain limit of three attempts would triple it.
 *
 * Share one between pipelines that call the same dependency.
 *
 * Source: Finagle's RetryBudget; gRPC proposal A6, "Throttling Retry Attempts".
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #burst: number;
  #balance: number;

  constructor(options: RetryBudgetOptions) {
    knownKeys('retryBudget', options, ['ratio', 'burst']);
    this.#ratio = ratioOf(options.ratio);
    this.#burst = numberFrom('burst', options.burst ?? 10, 1);
    this.#balance = this.#burst;
  }

  /** Retries that could be made now. */
  get balance(): number {
    return this.#balance;
  }

  /** Pays in for a call. */
  deposit(): void {
    this.#balance = Math.min(this.#burst, this.#balance + this.#ratio);
  }

  /** Takes out one retry; false when there is none. */
  tryWithdraw(): boolean {
    // Sums of fractions fall a hair short of a whole: ten times 0.1 must pay for one retry.
    if (this.#balance < 1 - 1e-9) return false;
    this.#balance = Math.max(0, this.#balance - 1);
    return true;
  }
}

/** Makes a budget to share between pipelines. */
export function retryBudget(options: RetryBudgetOptions): RetryBudget {
  return new RetryBudget(options);
}

function ratioOf(ratio: number): number {
  if (typeof ratio !== 'number' || !(ratio >= 0 && ratio <= 10)) {
    throw new OptionsError('budget', ratio, 'retries for each call, from 0 to 10');
  }
  return ratio;
}
