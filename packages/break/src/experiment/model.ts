/**
 * The model of an experiment, after validation: plain data, durations in milliseconds, fractions from 0 to 1.
 * Every format (YAML, JSON, TypeScript, Chaos Toolkit) is read into this; the runner knows nothing else.
 */

/** A system under experiment: which services there are, how each starts, whom it calls. */
export interface SystemDefinition {
  readonly name: string;
  /** The file it was read from, absolute; relative commands and folders are resolved against its folder. */
  readonly file: string;
  readonly services: readonly ServiceDefinition[];
  /**
   * Where the services run: all on this machine's loopback (when left out), or each in a network namespace of its own,
   * so that a partition is one of the real network. Namespaces take Linux and rights.
   */
  readonly network?: 'loopback' | 'namespaces' | undefined;
  /** What the system can be run as, such as `protected` and `naive`; never empty, the first is the default. */
  readonly modes: readonly Mode[];
}

/** A named set of environment variables that every service is given on top of its own. */
export interface Mode {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface ServiceDefinition {
  readonly name: string;
  /** Program and arguments; no shell. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The port it listens on; `undefined` lets the lab choose a free one. It is handed over as `PORT`. */
  readonly port: number | undefined;
  /** The path that answers 200 once the service is ready. */
  readonly ready: string;
  readonly readyWithinMs: number;
  /**
   * The services that it calls. Each call goes through a link that the lab can break; the link's address is handed
   * over as `NAME_URL` (upper case, `-` as `_`).
   */
  readonly calls: readonly string[];
}

/** A Game Day: experiments on one system, one after the other, by people who have their parts in it. */
export interface GameDay {
  readonly title: string;
  readonly description: string | undefined;
  readonly file: string;
  readonly system: SystemDefinition;
  /** The name of the mode that the system runs in. */
  readonly mode: string;
  /** Who does what: `owner` (may halt), `coordinator`, `reporter`, `observers`. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** In the order in which they run; no two have the same title. */
  readonly experiments: readonly Experiment[];
}

export interface Experiment {
  readonly title: string;
  readonly description: string | undefined;
  readonly file: string;
  readonly system: SystemDefinition;
  readonly steadyState: readonly Probe[];
  readonly load: LoadDefinition | undefined;
  readonly method: readonly Step[];
  readonly expect: readonly Expectation[];
  readonly abortWhen: readonly AbortCondition[];
  /** How long the steady state is measured before the first fault, and watched after the last one ended. */
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** A measurement that has a tolerance. */
export type Probe =
  | {
      readonly kind: 'http';
      readonly name: string;
      readonly method: 'GET' | 'HEAD';
      readonly url: string;
      readonly status: number;
      /** The body must contain this text. */
      readonly contains: string | undefined;
      readonly timeoutMs: number;
      /** Repeated requests: the slowest of a hundred may take this long. */
      readonly p99MsMax: number | undefined;
    }
  | { readonly kind: 'process'; readonly name: string; readonly service: string; readonly state: 'running' }
  | {
      /** A query on a SQLite file that returns one number. */
      readonly kind: 'sql';
      readonly name: string;
      readonly database: string;
      readonly query: string;
      readonly compare: Comparison;
    };

export interface Comparison {
  readonly operator: '<' | '<=' | '=' | '>=' | '>';
  readonly value: number;
}

/** Open-model load: requests are sent on schedule whatever the answers do. */
export interface LoadDefinition {
  readonly ratePerSecond: number;
  readonly timeoutMs: number;
  /** Random gaps, as independent people leave them (the default), or equal ones. */
  readonly spacing?: 'poisson' | 'constant';
  /** Chosen at random by weight, from the run's seed. */
  readonly requests: readonly LoadRequest[];
}

export interface LoadRequest {
  readonly name: string;
  readonly weight: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `${uuid}` and `${n}` are replaced in url, headers and body, anew for every request. */
  readonly body: string | undefined;
  /** The answers that count as good; any 2xx when empty. */
  readonly statuses: readonly number[];
}

/** One fault, on the experiment's clock: `atMs` counts from the end of the steady-state measurement. */
export interface Step {
  readonly id: string;
  readonly atMs: number;
  readonly fault: string;
  readonly target: Target;
  readonly forMs: number;
  /** The fault's own options, checked against its schema. */
  readonly options: Readonly<Record<string, unknown>>;
  /** For messages: where the step stands in the file. */
  readonly line: number;
}

export type Target =
  | { readonly kind: 'service'; readonly service: string }
  /** The calls from one service to another, by way of the lab's proxy. */
  | { readonly kind: 'link'; readonly from: string; readonly to: string }
  /**
   * The calls from any service on the left to any on the right, as far as they declare them; with `mutual` also those
   * from right to left.
   */
  | {
      readonly kind: 'groups';
      readonly left: readonly string[];
      readonly right: readonly string[];
      readonly mutual: boolean;
    }
  | { readonly kind: 'load' };

/** What a hypothesis claims, read from one line of the file; `text` is that line, as people read it. */
export type Expectation = { readonly text: string; readonly line: number } & Claim;

export type Claim =
  /** Over the load while faults are on (`window` faults) or the whole run. */
  | {
      readonly kind: 'load';
      readonly measure: LoadMeasure;
      readonly compare: Comparison;
      readonly window: LoadWindow;
    }
  /** A policy says so in an event: `circuit-breaker inventory opens within 2s`. */
  | {
      readonly kind: 'policy';
      readonly policy: string;
      readonly pipeline: string;
      readonly service: string | undefined;
      /** The event's name, such as `circuit-breaker.opened`. */
      readonly eventType: string;
      /**
       * From where the event counts, and `withinMs` with it, up to the end of the run: from where the first fault
       * begins, or from where the undo of the last one begins.
       */
      readonly since: 'fault-began' | 'fault-ended';
      readonly withinMs: number | undefined;
      /** `never` is the claim that the event does not happen. */
      readonly occurs: 'at-least-once' | 'never';
    }
  | {
      readonly kind: 'retry-load';
      readonly pipeline: string;
      readonly service: string | undefined;
      readonly compare: Comparison;
    }
  /** After the last fault ended, the steady state holds again within this time and stays so. */
  | { readonly kind: 'steady-again'; readonly withinMs: number }
  /** A probe that is asked once, after the run. */
  | { readonly kind: 'probe'; readonly probe: Probe };

export type LoadMeasure = 'success-rate' | 'p50' | 'p90' | 'p99' | 'max-latency' | 'goodput';
export type LoadWindow = {
  readonly phase: 'fault' | 'after' | 'whole';
  /** The name of one request of the load; `undefined` is all of them. */
  readonly request: string | undefined;
};

export interface AbortCondition {
  readonly text: string;
  readonly line: number;
  readonly measure: LoadMeasure;
  /** The name of one request of the load; `undefined` is all of them. */
  readonly request: string | undefined;
  readonly compare: Comparison;
  /** The condition must hold this long without a break. */
  readonly forMs: number;
}
