/**
 * The wire format of the event stream: one JSON object a line, both ways, between a service and whoever watches it.
 * Times are Unix milliseconds, so that the lines of many processes stand on one clock.
 */

/** The version that both sides must speak. */
export const wireVersion = 1;

/** The variables by which a service is told where the watcher listens. */
export const wireEnvironment = {
  /** `tcp://127.0.0.1:PORT`; without it nothing is sent. */
  url: 'SEAWORTHY_WATCH_URL',
  /** The secret that the first line must carry. */
  token: 'SEAWORTHY_WATCH_TOKEN',
  /** The name by which the service is known to the watcher. */
  service: 'SEAWORTHY_SERVICE',
} as const;

/** What a peer may send; more ends its connection. */
export const wireLimits = {
  /** The longest line, in bytes. */
  lineBytesMax: 64 * 1024,
  /** The longest first line, which comes from a peer not yet known. */
  greetingBytesMax: 1024,
} as const;

/** A policy event as it travels: errors are plain objects, everything is JSON. */
export interface WireEvent {
  readonly type: string;
  readonly pipeline: string;
  readonly [detail: string]: unknown;
}

/** An error as it travels. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

/** How calls ended, and how often their work was begun. */
export interface CallCounts {
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly attempts: number;
}

/** What a service says. The first line is the greeting. */
export type ServiceMessage =
  | {
      readonly kind: 'hello';
      readonly version: number;
      readonly token: string;
      readonly service: string;
      readonly pid: number;
    }
  | { readonly kind: 'event'; readonly at: number; readonly event: WireEvent }
  /**
   * How many calls of a pipeline ended since the message before it, at most every 100 ms. A call that succeeded is
   * told only here; one that failed or was cancelled is counted here and told as an event too. `attempts` is how often
   * the work of all these calls was begun, so that retry load is (attempts - calls) / calls.
   */
  | ({ readonly kind: 'calls'; readonly at: number; readonly pipeline: string } & CallCounts)
  /** So many events were lost, the oldest first, because nobody took them in time. */
  | { readonly kind: 'dropped'; readonly at: number; readonly count: number }
  /** A fault inside the process began and was measured, ended, or could not begin. */
  | {
      readonly kind: 'fault.began';
      readonly at: number;
      readonly id: string;
      readonly measured: Readonly<Record<string, number>>;
    }
  | {
      readonly kind: 'fault.ended';
      readonly at: number;
      readonly id: string;
      readonly measured: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'fault.refused'; readonly at: number; readonly id: string; readonly error: WireError };

/** What the watcher says to a service. A fault lasts no longer than its lease, and ends when the connection does. */
export type WatcherMessage =
  | { readonly kind: 'welcome'; readonly version: number }
  | {
      readonly kind: 'fault.begin';
      readonly id: string;
      readonly fault: string;
      readonly options: Readonly<Record<string, unknown>>;
      readonly leaseMs: number;
    }
  | { readonly kind: 'fault.end'; readonly id: string };
