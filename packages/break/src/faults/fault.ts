import type { Clock, Timers } from '@seaworthy/protect';
import type { Target } from '../experiment/model.ts';

/**
 * A kind of fault: what it does, how it is undone, and how to see that it bites. One file a fault; a fault knows no
 * other fault, and reaches the world only through the {@link FaultHost} it is given.
 */
export interface FaultKind<Options = Readonly<Record<string, unknown>>> {
  /** The name in files, such as `kill`. */
  readonly name: string;
  /** One line for people: what it does. */
  readonly summary: string;
  /** What it can be aimed at. */
  readonly targets: readonly Target['kind'][];
  /** What the system has to have for it: network namespaces. Asked before a run; nothing when left out. */
  readonly needs?: 'namespaces';
  /** The options it takes, each with how it is read and its default. */
  readonly options: readonly FaultOption[];
  /** What the schema of a single option cannot say; names the option that is wrong and why. Asked before a run. */
  check?(options: Options): OptionProblem | undefined;
  /** Begins the fault. Before it does so it writes down, by `host.intend`, what would undo it. */
  inject(fault: FaultInstance<Options>, host: FaultHost): Promise<ActiveFault>;
}

/** An option of a fault, as the file gives it. */
export interface FaultOption {
  readonly name: string;
  readonly type: 'duration' | 'fraction' | 'rate' | 'size' | 'count' | 'text' | 'choice';
  readonly choices?: readonly string[];
  /** In the model's units; without one the option is required. */
  readonly default?: number | string;
  /** The least and the most that a number may be, both allowed; without `least` it is 0. */
  readonly least?: number;
  readonly most?: number;
  readonly summary: string;
}

/** Why an option is wrong, as a sentence that continues after its name: `must be at most ...`. */
export interface OptionProblem {
  readonly option: string;
  readonly problem: string;
}

export interface FaultInstance<Options> {
  readonly id: string;
  readonly target: Target;
  readonly forMs: number;
  readonly options: Options;
}

/** A fault that is on. */
export interface ActiveFault {
  /**
   * The control measurement, before and during; `bites` says that the fault was seen to take effect. It measures anew
   * each time: the runner asks again after the undo, until it no longer bites, and when it still does after 5 s the
   * undo has failed.
   */
  observe(): Promise<{
    readonly measure: string;
    readonly before: string;
    readonly during: string;
    readonly bites: boolean;
  }>;
  /** Ends the fault. May be called more than once, and is sure to be called. */
  undo(): Promise<void>;
}

/** The steps that undo a fault without the process that began it: data, so that a ledger can hold them. */
export type UndoStep =
  | {
      readonly do: 'signal';
      readonly pid: number;
      readonly startedAt: string;
      readonly signal: 'SIGCONT' | 'SIGKILL';
    }
  | { readonly do: 'remove-file'; readonly path: string }
  | {
      readonly do: 'run';
      /** Program and arguments; no shell. */
      readonly command: readonly string[];
      /** The process that the command is aimed at; when it is gone, or its pid is another's, nothing is run. */
      readonly process?: { readonly pid: number; readonly startedAt: string };
      /** A file without which nothing is run, since what the command removes is gone with it. */
      readonly whileThere?: string;
    };

/** What a fault may touch. The lab gives it; tests of a fault give a host of their own. */
export interface FaultHost {
  /** Durably notes how the fault is undone, before it is done; the returned function strikes the note out. */
  intend(faultId: string, steps: readonly UndoStep[]): Promise<() => Promise<void>>;
  /** The running service; a restart gives it a new pid. */
  service(name: string): ServiceHandle;
  /** The breakable connection from one service to another. */
  link(from: string, to: string): LinkHandle;
  /** Every link towards a service; empty when nobody calls it. */
  linksTo(service: string): readonly LinkHandle[];
  /** The load that is running. */
  load(): LoadHandle;
  readonly clock: Clock;
  readonly timers: Timers;
}

export interface ServiceHandle {
  readonly name: string;
  readonly pid: number | undefined;
  /** When the process started, as the ledger's undo steps have it; tells the process from a later one with its pid. */
  readonly startedAt: string | undefined;
  readonly url: string;
  /** The folder where the service keeps its data. */
  readonly dataFolder: string;
  /** Sends a signal to the running process; false when there is none. Never reaches a later process with its pid. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean;
  /** Starts the service again after it ended, and waits until it is ready. */
  restart(): Promise<void>;
  /** Asks the ready path once; resolves with the status, or rejects. */
  check(timeoutMs: number): Promise<{ readonly status: number; readonly durationMs: number }>;
  /** Begins a fault inside the process, over the event channel; resolves once it was seen to begin. */
  beginInside(
    faultId: string,
    fault: string,
    options: Readonly<Record<string, unknown>>,
    leaseMs: number,
  ): Promise<{ readonly measured: Readonly<Record<string, number>> }>;
  /** Ends it. */
  endInside(faultId: string): Promise<{ readonly measured: Readonly<Record<string, number>> }>;
}

/** A link's proxy, seen from a fault: toxics by name, as Toxiproxy has them. */
export interface LinkHandle {
  readonly from: string;
  readonly to: string;
  /** Where the caller connects; a control measurement connects here too. */
  readonly url: string;
  addToxic(
    name: string,
    type: string,
    stream: 'upstream' | 'downstream',
    attributes: Readonly<Record<string, unknown>>,
    toxicity?: number,
  ): Promise<void>;
  /** Removes a toxic; harmless when there is none of that name. */
  removeToxic(name: string): Promise<void>;
  /** The names of the toxics that are on. */
  toxics(): readonly string[];
  /** How many requests a toxic that knows HTTP has hit; 0 when there is none of that name. */
  requestsHit(name: string): number;
  /** Refuses connections and closes the open ones (false), or takes them again at the same address (true). */
  setEnabled(enabled: boolean): Promise<void>;
  /**
   * Asks the ready path of `to` through the link, each time on a new connection; as {@link ServiceHandle.check}.
   *
   * @param paddingBytes - makes the request so much longer, by a header
   */
  check(
    timeoutMs: number,
    paddingBytes?: number,
  ): Promise<{ readonly status: number; readonly durationMs: number }>;
  /** The real network under the link, where the services have namespaces of their own. */
  readonly network?: LinkNetwork | undefined;
  /** Bytes seen so far, each way, for control measurements. */
  counters(): {
    readonly upstreamBytes: number;
    readonly downstreamBytes: number;
    readonly connections: number;
  };
}

/** The real network between two services, with a namespace each: what is lost there is lost in the kernel. */
export interface LinkNetwork {
  /** Loses every packet that goes these ways, under a name. `upstream` is from the caller to the callee. */
  cut(name: string, streams: readonly ('upstream' | 'downstream')[]): Promise<void>;
  /** Ends it; harmless when there is none of that name. */
  mend(name: string): Promise<void>;
  /** What ends it when the lab is gone. */
  undo(name: string): readonly UndoStep[];
  /** Lets the caller's look-ups of the callee's name go wrong, under a name. */
  failName(name: string, fault: NameFault): void;
  /** Ends it; harmless when there is none of that name. */
  restoreName(name: string): void;
  /** Looks up the callee's name where the caller is: its addresses. Rejects with the resolver's error. */
  lookUp(timeoutMs: number): Promise<{ readonly addresses: readonly string[]; readonly durationMs: number }>;
  /** As {@link LinkHandle.check}, but from where the caller is. */
  check(timeoutMs: number): Promise<{ readonly status: number; readonly durationMs: number }>;
}

/** What a caller that looks up a name is told, when that goes wrong. */
export type NameAnswer =
  | 'no-such-name'
  | 'server-failure'
  | 'refused'
  | 'no-address'
  | 'silence'
  | 'wrong-address'
  | 'delay';

/** How the look-up of a name goes wrong. */
export interface NameFault {
  readonly answer: NameAnswer;
  /** The fraction of look-ups that it hits. */
  readonly share: number;
  /** With `delay`: how much later the right answer comes, in milliseconds. */
  readonly delayMs: number;
}

export interface LoadHandle {
  readonly ratePerSecond: number;
  setRate(ratePerSecond: number): void;
  /** Requests sent in the last second. */
  sentPerSecond(): number;
}
