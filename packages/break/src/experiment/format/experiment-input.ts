import type { Duration } from '@seaworthy/protect';
import type { SystemDefinition } from '../model.ts';

/** An experiment as it is written in code; each key means what it means in a file. */
export interface ExperimentInput {
  readonly title: string;
  readonly description?: string;
  /** What `await loadSystem(...)` gives. */
  readonly system: SystemDefinition;
  readonly steadyState: readonly ProbeInput[];
  readonly load?: LoadInput;
  readonly method: readonly StepInput[];
  readonly expect: readonly (string | ProbeInput | SqlInput)[];
  readonly abortWhen?: string | readonly string[];
  readonly timing?: { readonly before?: Duration; readonly after?: Duration };
}

/** A measurement with a tolerance. */
export type ProbeInput =
  | {
      readonly probe: 'http';
      readonly name?: string;
      readonly get?: string;
      readonly head?: string;
      readonly status?: number;
      readonly contains?: string;
      /** The slowest of a hundred answers: `'< 300ms'`, or milliseconds. */
      readonly p99?: string | number;
      readonly timeout?: Duration;
    }
  | { readonly probe: 'process'; readonly name?: string; readonly service: string; readonly is?: 'running' }
  | ({ readonly probe: 'sql'; readonly query: string } & SqlTolerance);

/** A query among the expectations, asked once after the run. */
export type SqlInput = { readonly sql: string } & SqlTolerance;

interface SqlTolerance {
  readonly name?: string;
  readonly database: string;
  /** A number, or a comparison such as `'>= 1'`. */
  readonly is: number | string;
}

/** One request, with exactly one of the methods. */
export interface RequestInput {
  readonly name?: string;
  readonly get?: string;
  readonly head?: string;
  readonly post?: string;
  readonly put?: string;
  readonly patch?: string;
  readonly delete?: string;
  /** Text, or a value that is sent as JSON. */
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number | readonly number[];
}

/** The load: one request, or several with weights. */
export interface LoadInput extends RequestInput {
  /** `'200/s'`, or a number a second. */
  readonly rate: string | number;
  readonly timeout?: Duration;
  readonly requests?: readonly (RequestInput & { readonly weight?: number })[];
}

/** A fault with its time and target; further keys are the fault's own options. */
export interface StepInput {
  readonly fault: string;
  /** `inventory`, `gateway -> payment` or `load`. */
  readonly target?: string;
  readonly at?: Duration;
  readonly for: Duration;
  readonly [option: string]: string | number | undefined;
}
