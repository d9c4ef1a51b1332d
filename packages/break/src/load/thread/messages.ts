import type { LoadPeriod, LoadSample } from '../../journal/record.ts';
import type { LoadDefinition } from '../../experiment/model.ts';
import type { LoadTotals } from '../tally.ts';

/** What the thread is started with. */
export interface LoadTask {
  readonly definition: LoadDefinition;
  readonly variables: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly inFlightMax: number | undefined;
}

/** What the thread is told. Times are Unix milliseconds, since each thread has a clock of its own. */
export type ToThread =
  | { readonly kind: 'rate'; readonly ratePerSecond: number }
  | { readonly kind: 'mark'; readonly period: LoadPeriod; readonly at: number }
  | { readonly kind: 'stop'; readonly atOnce: boolean };

/** What the thread tells. */
export type FromThread =
  | { readonly kind: 'sample'; readonly sample: LoadSample; readonly totals: LoadTotals }
  | { readonly kind: 'pace'; readonly sentPerSecond: number }
  | { readonly kind: 'ended'; readonly totals: LoadTotals };
